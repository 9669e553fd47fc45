// Shows a run over thirty stacks at whatever its standard output is, and waits after each scene for a line on standard input.
import { createInterface } from 'node:readline';
import { displayOf } from '../../../commands/fleet/display.ts';
import { printTable } from '../../../commands/fleet/table.ts';

const stacks = Array.from({ length: 30 }, (_, index) => `pi-${String(index)}`);
const display = displayOf(stacks, { json: process.argv.includes('--json') });
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function sceneEnds(): Promise<void> {
  await lines.next();
}

for (const stack of stacks.slice(0, 4))
  display.tell(stack, { kind: 'status', text: `copying /nix/store/${'a'.repeat(60)} to ${stack}.local` });
await sceneEnds();
display.tell('pi-1', {
  kind: 'warning',
  text: 'pi-1.local has damaged\u001B[2J\u001B]0;title\u0007 store paths\n::error::no',
});
display.end({ stack: 'pi-0', result: 'changed' });
display.end({ stack: 'pi-2', result: 'failed', reason: 'went back' });
for (let done = 0; done < 100; done += 1)
  display.tell('pi-1', { kind: 'status', text: `${String(done)} of 100 paths, 34 MB of 120 MB` });
await sceneEnds();
for (const stack of stacks) display.end({ stack, result: 'unchanged' });
display.close();
printTable(['stack', 'result'], [['pi-0', 'changed\u001B[2J\n::error::no ##[error]no']]);
process.exit(0);
