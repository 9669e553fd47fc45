import path from 'node:path';
import { readPartitionTable } from '../card/partition-table.ts';
import { LabError } from '../errors.ts';
import type { Pi } from '../instance.ts';
import { attachLoop, detachLoop } from '../machine/loop-devices.ts';
import { pathInside, runInside, tryInside } from '../machine/machine.ts';
import type { Machine } from '../machine/machine.ts';
import { isPowered } from './power.ts';

/**
 * Mounts the card's root read-only inside the machine while `look` runs; the journal is recovered, as by the next boot.
 *
 * @throws LabError while the Pi is running
 */
export async function withCardMounted<T>(machine: Machine, pi: Pi, look: (root: string) => Promise<T>): Promise<T> {
  if (isPowered(machine, pi)) throw new LabError(`the Pi ${pi.name} is running: switch it off to look at its card`);
  const [, root] = readPartitionTable(pi.card) ?? [];
  if (root === undefined) throw new LabError(`the card of ${pi.name} has no root partition`);
  const mountPoint = path.join('/run/lab', `inspect-${pi.name}`);
  await runInside(machine, ['mkdir', '--parents', mountPoint]);
  const device = await attachLoop(machine, pi.card, ['--offset', String(root.offset)]);
  try {
    await runInside(machine, ['mount', '-t', 'ext4', '-o', 'ro', `/dev/${device}`, mountPoint]);
    return await look(pathInside(machine, mountPoint));
  } finally {
    await tryInside(machine, ['umount', mountPoint]);
    await detachLoop(machine, device);
  }
}
