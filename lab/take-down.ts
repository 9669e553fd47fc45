import { existsSync, rmSync } from 'node:fs';
import { withInstanceLock } from './locks.ts';
import { findMachine, makeMachine } from './machine/complete.ts';
import type { Instance, Pi } from './instance.ts';
import { killGroup, removeGroup } from './machine/control-group.ts';
import { findHolder, stopHolder } from './machine/holder.ts';
import { deletedLoops, detachLoop, loopsOf } from './machine/loop-devices.ts';
import type { Machine } from './machine/machine.ts';
import { isPowered, powerCut, powerOff, powerSwitch, setPowerSwitch } from './pi/power.ts';
import type { Report } from './report.ts';
import { removeEmulation } from './workstation/emulation.ts';

/** Ends everything of a lab, whatever state it is in; `purge` also removes its files. */
export async function takeDown(instance: Instance, report: Report, purge: boolean): Promise<void> {
  if (!existsSync(instance.directory) && findHolder(instance) === undefined) return;
  await withInstanceLock(instance, report, async () => {
    // Without a machine one is made to clean up from: control groups and registrations are reached the same way everywhere.
    const machine = findMachine(instance) ?? (await makeMachine(instance));
    killGroup(machine, 'person');
    await Promise.all(instance.pis.map((pi) => switchOff(machine, pi, report, purge)));
    await removeEmulation(machine);
    await removeGroup(machine);
    await detachCards(machine);
    await stopHolder(instance);
  });
  // The last processes of a test that was killed may still be writing.
  if (purge) rmSync(instance.directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}

/** The power switch stays as it was: what was running runs again after the next `up`. */
async function switchOff(machine: Machine, pi: Pi, report: Report, purge: boolean): Promise<void> {
  if (!isPowered(machine, pi)) return;
  const position = powerSwitch(pi);
  if (purge) {
    await powerCut(machine, pi);
  } else {
    report(`shutting ${pi.name} down`);
    await powerOff(machine, pi);
  }
  setPowerSwitch(pi, position);
}

/** Loop devices outlive namespaces. */
async function detachCards(machine: Machine): Promise<void> {
  for (const pi of machine.instance.pis) {
    if (!existsSync(pi.card)) continue;
    for (const device of await loopsOf(machine, pi.card)) await detachLoop(machine, device);
  }
  for (const device of await deletedLoops(machine)) await detachLoop(machine, device);
}
