import { mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { readPartitionTable } from '../card/partition-table.ts';
import type { Partition } from '../card/partition-table.ts';
import type { Pi } from '../instance.ts';
import { attachLoop, detachLoop, loopsOf } from '../machine/loop-devices.ts';
import { runInside, tryInside } from '../machine/machine.ts';
import type { Machine } from '../machine/machine.ts';

/** A card in its Pi, with the root file system mounted. */
export interface MountedCard {
  /** The mount point of the second partition. */
  readonly root: string;
  readonly rootDevice: string;
  /** The first partition. */
  readonly firmwareDevice: string;
}

/** Reads the partition table and mounts the root; what a crash has left of an earlier mount is cleared first. */
export async function mountCard(machine: Machine, pi: Pi): Promise<MountedCard> {
  const root = path.join(pi.directory, 'root');
  mkdirSync(root, { recursive: true });
  await tryInside(machine, ['umount', '--lazy', root]);
  for (const stale of await loopsOf(machine, pi.card)) await detachLoop(machine, stale);
  const [firmware, system] = readPartitionTable(pi.card) ?? [];
  if (firmware === undefined || system === undefined) throw new Error('the card has no partitions to boot from');
  const firmwareDevice = await attachLoop(machine, pi.card, extent(firmware.offset, firmware.sizeBytes));
  // To the card's end: on the first boot the partition grows to there.
  const rootDevice = await attachLoop(machine, pi.card, ['--offset', String(system.offset)]);
  const card = { root, rootDevice, firmwareDevice };
  await growRoot(machine, pi, system, rootDevice);
  const mounted = await tryInside(machine, ['mount', '-t', 'ext4', `/dev/${rootDevice}`, root]);
  if (mounted.code === 0) return card;
  await unmountCard(machine, card);
  throw new Error(`the card's second partition cannot be mounted: ${mounted.stderr}`);
}

/**
 * Grows the root partition and its file system to the card's end on the first boot. A NixOS card does so itself
 * (nixpkgs, nixos/modules/installer/sd-card/sd-image.nix: sdImage.expandOnBoot), with devices that a container has not;
 * and before mounting, since growing a mounted ext4 takes a capability (SYS_RESOURCE) that not every root has.
 */
async function growRoot(machine: Machine, pi: Pi, system: Partition, rootDevice: string): Promise<void> {
  if (statSync(pi.card).size - system.offset - system.sizeBytes < 1024 ** 2) return;
  const device = `/dev/${rootDevice}`;
  const marker = await tryInside(machine, ['debugfs', '-R', 'stat /nix-path-registration', device], {
    env: { DEBUGFS_PAGER: 'cat' },
  });
  if (!marker.stdout.includes('Type: regular')) return;
  await tryInside(machine, ['e2fsck', '-f', '-p', device]);
  await runInside(machine, ['resize2fs', device]);
  await runInside(machine, ['sfdisk', '--quiet', '--no-reread', '--no-tell-kernel', '-N', '2', pi.card], {
    stdin: ', +\n',
  });
  console.log('[board] first boot: root partition grown to the end of the card');
}

export async function unmountCard(machine: Machine, card: MountedCard): Promise<void> {
  await tryInside(machine, ['umount', card.root]);
  await detachLoop(machine, card.rootDevice);
  await detachLoop(machine, card.firmwareDevice);
}

function extent(offset: number, sizeBytes: number): string[] {
  return ['--offset', String(offset), '--sizelimit', String(sizeBytes)];
}
