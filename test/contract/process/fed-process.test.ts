import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { startFedProcess, writeTo } from '../../../provider/process/fed-process.ts';

const moreThanAPipeHolds = Buffer.alloc(1024 * 1024);

test('a program that ended before it was told anything is judged by how it ended', async () => {
  const program = await startFedProcess('sh', ['-c', 'echo "not for you" >&2; exit 3']);
  await program.ended;
  await writeTo(program.input, 'a request\n');
  await writeTo(program.input, moreThanAPipeHolds);
  expect(await program.ended).toEqual({ said: 'not for you' });
});

test('a program that closes its input while it is told something is judged by how it ended', async () => {
  const program = await startFedProcess('sh', ['-c', 'exec 0<&-; echo "no more" >&2; exit 3']);
  await writeTo(program.input, moreThanAPipeHolds);
  expect(await program.ended).toEqual({ said: 'no more' });
});

test('nobody waits for a program that was ended', async () => {
  const program = await startFedProcess('sleep', ['60']);
  const written = writeTo(program.input, moreThanAPipeHolds);
  await sleep(100);
  program.end();
  await written;
  expect(await program.ended).toEqual({ said: expect.any(String) });
});
