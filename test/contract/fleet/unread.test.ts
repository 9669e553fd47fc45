import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';

test('a run that nobody reads any more is brought to its end, as after one Ctrl-C', async () => {
  const program = spawn(process.execPath, [path.join(import.meta.dirname, 'unread-program.ts')]);
  const said = text(program.stderr);
  await once(program.stdout, 'data');
  program.stdout.destroy();
  const [code] = (await once(program, 'close')) as [number];
  expect([code, await said]).toEqual([0, 'interrupted 1 time\n']);
});
