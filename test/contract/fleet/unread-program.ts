// Prints lines until it is interrupted, and says so on standard error when it has ended in order.
import { setTimeout as pause } from 'node:timers/promises';
import { Interruption } from '../../../commands/fleet/interruption.ts';

const interruption = new Interruption();
let interrupted = 0;
interruption.listen(() => {
  console.log('bringing it to its end');
});
const engine = pause(1500);
void interruption.during(() => (interrupted += 1), engine);
while (!interruption.signal.aborted) {
  console.log('it goes on');
  await pause(10);
}
console.log('this is not read either');
await engine;
console.error(`interrupted ${String(interrupted)} time`);
process.exit(0);
