import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { Workbench, inputsFor, makeImage } from './cards.ts';

const program = new URL('flash-program.ts', import.meta.url).pathname;

let bench: Workbench;
beforeEach(async () => {
  bench = await Workbench.make();
});
afterEach(() => bench.remove());

// Where only this process sees it, so that the system's own stays.
const without = 'mount --bind /dev/null "$(command -v "$1")" && shift && exec "$@"';

test.each(['e2fsck', 'debugfs'])('that %s is missing is known before anything is erased', async (tool) => {
  const device = await bench.card('card', 40);
  const inputs = JSON.stringify(await inputsFor(device, await makeImage(bench)));
  const flash = [process.execPath, program, inputs];
  const namespace = ['--mount', '--propagation', 'private', 'sh', '-c', without, 'without', tool];
  const { stderr } = await execa('unshare', [...namespace, ...flash], { reject: false });
  expect(stderr).toMatch(new RegExp(`The program ${tool} cannot be started\\.[^]*It is part of e2fsprogs`));
  expect((await readFile(bench.path('card'))).equals(Buffer.alloc(40 * 1024 * 1024))).toBe(true);
});
