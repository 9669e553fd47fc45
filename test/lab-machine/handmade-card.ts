import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from '../../lab/run.ts';

const megabyte = 1024 ** 2;
const system = '/nix/store/00000000000000000000000000000000-handmade';

/** Process 1 of a system that is no NixOS: counts its boots, reboots once when told to, and heeds the power button. */
const init = `#!/bin/bash
echo boot >> /boots
if [ -e /reboot-once ]; then rm /reboot-once; sync; exec /usr/sbin/reboot -f; fi
sync
trap 'sync; exec /usr/sbin/poweroff -f' RTMIN+3
echo unsynced >> /unsynced
echo handmade system is up
while :; do sleep 0.1; done
`;

const extlinux = `DEFAULT nixos-default
LABEL nixos-default
  LINUX ../nixos/kernel
  INITRD ../nixos/initrd
  APPEND init=${system}/init loglevel=4
`;

/**
 * Writes the image of a card with the layout of a NixOS card, in 60 MiB, with a system of one script on it.
 *
 * @param files further files on the root partition, by their path
 */
export async function makeHandmadeCard(image: string, files: Readonly<Record<string, string>> = {}): Promise<void> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'handmade-card-'));
  try {
    const root = path.join(scratch, 'root');
    const all = {
      [`${system}/init`]: init,
      '/boot/extlinux/extlinux.conf': extlinux,
      '/boot/nixos/kernel': '',
      '/boot/nixos/initrd': '',
      '/etc/ssh/ssh_host_ed25519_key': 'not a real one\n',
      '/nix-path-registration': '',
      ...files,
    };
    for (const [name, text] of Object.entries(all)) write(path.join(root, name), text);
    chmodSync(path.join(root, system, 'init'), 0o755);
    writeFileSync(image, '');
    truncateSync(image, 60 * megabyte);
    const table = 'label: dos\nstart=16384,size=61440,type=b\nstart=77824,type=83,bootable\n';
    await run(['sfdisk', '--quiet', image], { stdin: table });
    const partition = path.join(scratch, 'partition');
    writeFileSync(partition, '');
    truncateSync(partition, 22 * megabyte);
    await run(['mkfs.ext4', '-q', '-L', 'NIXOS_SD', '-d', root, partition]);
    await run(['dd', `if=${partition}`, `of=${image}`, 'bs=1M', 'seek=38', 'conv=notrunc', 'status=none']);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function write(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Copies an image into the slot of a card that is in no use, as if it had been flashed long ago. */
export function becomeCard(image: string, card: string): void {
  cpSync(image, card);
  truncateSync(card, 256 * megabyte);
}
