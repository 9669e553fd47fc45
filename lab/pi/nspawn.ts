import { mkdirSync, writeFileSync } from 'node:fs';
import type { Pi } from '../instance.ts';
import type { MountedCard } from './card-mounts.ts';

/** What a Raspberry Pi's firmware puts into the device tree, read by the system at /sys/firmware/devicetree/base/model. */
const model = 'Raspberry Pi 4 Model B Rev 1.4\0';

/** argv of the container that stands in for the board: the card's own root, the lab's /usr, and `init` as process 1. */
export function boardCommand(pi: Pi, card: MountedCard, usr: string, init: string): string[] {
  const folder = `/run/lab/${pi.name}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/model`, model);
  const settings = [
    '--register=no',
    '--keep-unit',
    `--machine=${pi.name}`,
    `--network-namespace-path=/run/netns/${pi.name}`,
    '--resolv-conf=off',
    '--timezone=off',
    '--link-journal=no',
    '--console=pipe',
    // What systemd takes as the press of a power button.
    '--kill-signal=SIGRTMIN+3',
    '--capability=CAP_NET_ADMIN',
    `--bind-ro=${usr}:/usr`,
    '--tmpfs=/sys/firmware',
    `--bind-ro=${folder}/model:/sys/firmware/devicetree/base/model`,
    '--bind=/dev/fuse',
    `--bind=/dev/${card.firmwareDevice}:/dev/disk/by-label/FIRMWARE`,
    `--bind=/dev/${card.firmwareDevice}:/dev/disk/by-uuid/2178-694E`,
  ];
  // The container dies with its power supply.
  return ['setpriv', '--pdeathsig', 'KILL', 'systemd-nspawn', ...settings, `--directory=${card.root}`, init];
}
