// A Pi's power supply: boots the board from its card, again after each reboot, until the board switches itself off.
// power-supply.ts INSTANCE PI — run inside the machine's namespaces by powerOn(); its output is the Pi's console.
import { findPi, openInstance } from '../instance.ts';
import type { Machine } from '../machine/machine.ts';
import { runBoard } from './board.ts';
import { powerSwitch, setPowerSwitch } from './power.ts';

const [, , directory, name] = process.argv;
// The holder is process 1 in here.
const machine: Machine = { instance: openInstance(directory), holder: 1 };
const pi = findPi(machine.instance, name);

try {
  let ending: string;
  do {
    console.log(`\n[board] ${new Date().toISOString()} power on`);
    ending = await runBoard(machine, pi);
    console.log(`[board] ${ending}`);
  } while (ending === 'reboot' && powerSwitch(pi) === 'on');
  if (ending === 'power off') setPowerSwitch(pi, 'off');
} catch (error) {
  console.log(`[board] does not boot: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
