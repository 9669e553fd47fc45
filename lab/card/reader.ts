import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { LabError } from '../errors.ts';
import type { Pi } from '../instance.ts';
import { attachLoop, detachLoop, deviceNumber, loopsOf, sectorsWritten } from '../machine/loop-devices.ts';
import { runInside } from '../machine/machine.ts';
import type { Machine } from '../machine/machine.ts';
import { isPowered } from '../pi/power.ts';
import { cardSlot, recordSlot } from './slot.ts';
import type { Slot } from './slot.ts';
import { workstationPath, workstationRoot } from '../workstation/root.ts';

/** A card as it comes from the shop holds nothing. */
const cardBytes = 2 * 1024 ** 3;

export function makeCard(pi: Pi): void {
  mkdirSync(pi.directory, { recursive: true });
  if (existsSync(pi.card)) return;
  const file = openSync(pi.card, 'wx');
  ftruncateSync(file, cardBytes);
  closeSync(file);
}

/**
 * Moves a Pi's card to the reader or to the Pi, as a hand would.
 *
 * @throws LabError while the Pi is running
 */
export async function moveCard(machine: Machine, pi: Pi, to: Slot): Promise<void> {
  if (isPowered(machine, pi))
    throw new LabError(`the Pi ${pi.name} is running from its card: switch it off first (pi off, or pi cut)`);
  makeCard(pi);
  recordSlot(pi, to);
  await ensureReader(machine, pi);
}

/** Makes the reader show the card exactly when it is there; safe to repeat. */
export async function ensureReader(machine: Machine, pi: Pi): Promise<void> {
  const device = deviceInReader(machine, pi);
  if (cardSlot(pi) === 'pi') {
    if (device !== undefined) await eject(machine, pi, device);
    return;
  }
  if (device === undefined) await insert(machine, pi);
}

/** The device name (for example `loop3`) while the card is in the reader. */
export function deviceInReader(machine: Machine, pi: Pi): string | undefined {
  try {
    return path.basename(readlinkSync(workstationPath(machine, `dev/disk/by-id/${pi.reader}`)));
  } catch {
    return undefined;
  }
}

/** Whether anything was written to the card since it was put into the reader. */
export function wasWritten(machine: Machine, pi: Pi, device: string): boolean {
  const before = readFileSync(workstationPath(machine, `run/reader-${pi.name}`), 'utf8');
  return sectorsWritten(machine, device) > Number(before);
}

async function insert(machine: Machine, pi: Pi): Promise<void> {
  for (const stale of await loopsOf(machine, pi.card)) await detachLoop(machine, stale);
  const device = await attachLoop(machine, pi.card);
  const dev = `${workstationRoot(machine.instance)}/dev`;
  writeFileSync(workstationPath(machine, `run/reader-${pi.name}`), String(sectorsWritten(machine, device)));
  rmSync(workstationPath(machine, `dev/${device}`), { force: true });
  await runInside(machine, ['mknod', '--mode=660', `${dev}/${device}`, 'b', ...deviceNumber(machine, device)]);
  await runInside(machine, ['ln', '-s', `../../${device}`, `${dev}/disk/by-id/${pi.reader}`]);
}

async function eject(machine: Machine, pi: Pi, device: string): Promise<void> {
  rmSync(workstationPath(machine, `dev/disk/by-id/${pi.reader}`), { force: true });
  rmSync(workstationPath(machine, `dev/${device}`), { force: true });
  await runInside(machine, ['sync', pi.card]);
  await detachLoop(machine, device);
}
