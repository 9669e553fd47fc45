import { closeSync, openSync, writeSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { decodeMarker } from '../../../provider/card/unfinished-marker.ts';
import { flashedCard } from '../../../provider/handlers/flashed-card.ts';
import { parsePartitionTable } from '../../../provider/card/partition-table.ts';
import { run } from '../../../provider/process/run.ts';
import { Workbench, flashTo, hostKeyPath, inputsFor, makeImage, readFromRoot, recorder, rootOf } from './cards.ts';

const program = new URL('flash-program.ts', import.meta.url).pathname;

jest.setTimeout(120_000);

let bench: Workbench;
let image: string;
let device: string;
beforeEach(async () => {
  bench = await Workbench.make();
  image = await makeImage(bench);
  device = await bench.card('card', 40);
});
afterEach(() => bench.remove());

async function head(): Promise<Buffer> {
  return (await readFile(bench.path('card'))).subarray(0, 4096);
}

async function expectUnfinished(): Promise<void> {
  expect(parsePartitionTable(await head())).toBeUndefined();
  expect(decodeMarker(await head())).toMatch(/^[0-9a-f-]{36}$/);
}

describe('an interrupted flash', () => {
  test.each(['writing', 'reading back', 'putting a new SSH host key'])(
    'killed when it began %s: the old bootable card does not boot, and the next run finishes it without being asked again',
    async (moment) => {
      await flashTo(device, image);
      expect(parsePartitionTable(await head())).toHaveLength(2);
      const shm = await readdir('/dev/shm');

      const again = await inputsFor(device, await makeImage(bench, 'other', 'other'), { erase: true });
      await expect(run(process.execPath, [program, JSON.stringify(again), moment])).rejects.toThrow('SIGKILL');
      await expectUnfinished();
      expect(await readdir('/dev/shm')).toEqual(shm);

      const context = recorder();
      const { outputs } = await flashedCard.create(context, { ...again, erase: false });
      expect(context.lines.join('\n')).toContain('unfinished flash');
      expect(await readFromRoot(device, `${hostKeyPath}.pub`)).toBe(outputs.hostPublicKey);
      expect(parsePartitionTable(await head())).toHaveLength(2);
      await run('e2fsck', ['-f', '-n', rootOf(device)]);
    },
  );

  test.each(['writing', 'reading back', 'putting a new SSH host key'])('cancelled when it began %s', async (moment) => {
    const controller = new AbortController();
    const context = recorder((line) => {
      if (line.startsWith(moment)) controller.abort();
    }, controller.signal);
    await expect(flashedCard.create(context, await inputsFor(device, image))).rejects.toThrow(
      'was stopped before it was finished',
    );
    await expectUnfinished();
    await flashTo(device, image);
  });

  test('a block that is not what was written is noticed and named', async () => {
    const file = openSync(bench.path('card'), 'r+');
    const spoil = (line: string): void => {
      if (line.startsWith('reading back')) writeSync(file, 'x', 29 * 1024 * 1024);
    };
    try {
      const flashing = flashedCard.create(recorder(spoil), await inputsFor(device, image));
      await expect(flashing).rejects.toThrow('does not give back what was written, from byte 29360128 on');
    } finally {
      closeSync(file);
    }
    await expectUnfinished();
  });

  test('an image that turns out to be another one leaves the card without a boot record', async () => {
    const inputs = { ...(await inputsFor(device, image)), imageSha256: 'a'.repeat(64) };
    await expect(flashedCard.create(recorder(), inputs)).rejects.toThrow(`not the announced ${'a'.repeat(64)}`);
    await expectUnfinished();
    await flashTo(device, image);
  });
});
