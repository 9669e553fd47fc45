// Plays the person at the bench: takes a freshly flashed card out of the reader, puts it into its Pi and switches that on.
// person.ts INSTANCE — run inside the machine's namespaces by startPerson().
import { setTimeout as sleep } from 'node:timers/promises';
import { openInstance } from '../instance.ts';
import type { Pi } from '../instance.ts';
import { withPiLock } from '../locks.ts';
import { isOpen } from '../machine/loop-devices.ts';
import type { Machine } from '../machine/machine.ts';
import { powerOn } from '../pi/power.ts';
import { isBootable } from './bootable.ts';
import { deviceInReader, moveCard, wasWritten } from './reader.ts';
import { cardSlot } from './slot.ts';

const [, , directory] = process.argv;
for (;;) {
  await sleep(500);
  // The holder is process 1 in here. Pis may be added while this runs: so the instance is read again each time.
  const machine: Machine = { instance: openInstance(directory), holder: 1 };
  for (const pi of machine.instance.pis) await attend(machine, pi);
}

async function attend(machine: Machine, pi: Pi): Promise<void> {
  try {
    if (!(await isFlashed(machine, pi))) return;
    // A program that closes the device to open it again at once has not finished.
    await sleep(1000);
    if (!(await isFlashed(machine, pi))) return;
    await withPiLock(pi, async () => {
      await moveCard(machine, pi, 'pi');
      await powerOn(machine, pi);
    });
    console.log(`${new Date().toISOString()} moved the card of ${pi.name} to the Pi and switched it on`);
  } catch (error) {
    console.log(`${new Date().toISOString()} ${pi.name}: ${String(error)}`);
  }
}

async function isFlashed(machine: Machine, pi: Pi): Promise<boolean> {
  const device = deviceInReader(machine, pi);
  if (cardSlot(pi) !== 'reader' || device === undefined) return false;
  return wasWritten(machine, pi, device) && !isOpen(machine, device) && (await isBootable(pi.card));
}
