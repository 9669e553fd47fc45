import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cardSlot } from '../card/slot.ts';
import { LabError } from '../errors.ts';
import type { Pi } from '../instance.ts';
import { inGroup, isPopulated, killGroup, removeGroup, waitUntilEmpty } from '../machine/control-group.ts';
import { runInside, startInside, tryInside } from '../machine/machine.ts';
import type { Machine } from '../machine/machine.ts';
import { nodeProgram } from '../node-program.ts';

const entry = path.join(import.meta.dirname, 'power-supply.ts');

/** What the power switch says; a Pi that was on comes on again when the lab comes up after a crash. */
export function powerSwitch(pi: Pi): 'on' | 'off' {
  const file = switchFile(pi);
  return existsSync(file) && readFileSync(file, 'utf8').trim() === 'on' ? 'on' : 'off';
}

export function setPowerSwitch(pi: Pi, position: 'on' | 'off'): void {
  mkdirSync(pi.directory, { recursive: true });
  writeFileSync(switchFile(pi), `${position}\n`);
}

/** Whether the Pi draws power: it may be booting, running or shutting down. */
export function isPowered(machine: Machine, pi: Pi): boolean {
  return isPopulated(machine, supplyGroup(pi));
}

/** Where the firmware, the boot loader and the system write their console. */
export function consoleLog(pi: Pi): string {
  return path.join(pi.directory, 'console.log');
}

/** The control group of the power supply's process. */
function supplyGroup(pi: Pi): string {
  return `${pi.name}-supply`;
}

/** The control group of what runs on the board. */
export function boardGroup(pi: Pi): string {
  return `${pi.name}-board`;
}

/**
 * Switches a Pi on, and returns while it boots.
 *
 * @throws LabError while its card is in the reader
 */
export async function powerOn(machine: Machine, pi: Pi): Promise<void> {
  if (isPowered(machine, pi)) return;
  if (cardSlot(pi) !== 'pi')
    throw new LabError(`the card of ${pi.name} is in the reader: put it into the Pi first (card pi)`);
  // Left by a power supply that was killed.
  await removeGroup(machine, boardGroup(pi));
  setPowerSwitch(pi, 'on');
  const supply = [nodeProgram(machine.instance), entry, machine.instance.directory, pi.name];
  await startInside(machine, inGroup(machine, supplyGroup(pi), supply), consoleLog(pi));
}

/** Shuts a Pi down in order, as `poweroff` on it does; cuts its power when that takes longer than `seconds`. */
export async function powerOff(machine: Machine, pi: Pi, seconds = 30): Promise<void> {
  setPowerSwitch(pi, 'off');
  const deadline = Date.now() + seconds * 1000;
  let pressed = false;
  while (isPowered(machine, pi)) {
    if (Date.now() > deadline) {
      await powerCut(machine, pi);
      return;
    }
    // The board may not have come as far as to have a button; and a second press would cut the power.
    pressed ||= (await tryInside(machine, ['pkill', '-TERM', '--full', boardProcess(pi)])).code === 0;
    await sleep(100);
  }
}

/** Pulls the plug: nothing more reaches the card, also what was written but not yet synced is lost. */
export async function powerCut(machine: Machine, pi: Pi): Promise<void> {
  setPowerSwitch(pi, 'off');
  await runInside(machine, ['perl', '-e', shutDownFileSystem, path.join(pi.directory, 'root'), pi.directory]);
  killGroup(machine, boardGroup(pi));
  try {
    // The supply still unmounts the card.
    await waitUntilEmpty(machine, supplyGroup(pi), 10);
  } catch {
    await removeGroup(machine, supplyGroup(pi));
  }
}

function boardProcess(pi: Pi): string {
  return `^systemd-nspawn .*--machine=${pi.name} `;
}

/**
 * FS_IOC_SHUTDOWN with FS_SHUTDOWN_FLAGS_NOLOGFLUSH (linux/fs.h): the file system stops in the state that is on the card.
 * Only for a directory that is another file system than the one around it: without the card's mount it would be this machine's.
 */
const shutDownFileSystem = `
  my ($root, $around) = @ARGV;
  open(my $file, "<", $root) or exit 0;
  exit 0 if (stat $file)[0] == (stat $around)[0];
  my $flag = pack("L", 2);
  ioctl($file, 0x8004587d, $flag) or die "shutting the card's file system down: $!";
`;

/** As `reboot` on the Pi does. */
export async function reboot(machine: Machine, pi: Pi): Promise<void> {
  await powerOff(machine, pi);
  await runInside(machine, ['true']);
  await powerOn(machine, pi);
}

function switchFile(pi: Pi): string {
  return path.join(pi.directory, 'power-switch');
}
