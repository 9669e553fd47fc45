import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { parsePartitionTable } from '../../../card-writer/partition-table.ts';
import { writeCard } from '../../../provider/card/card-writer.ts';
import { run } from '../../../provider/process/run.ts';
import { Workbench, cardToWrite, flashTo, makeImage, recorder, rootOf } from './cards.ts';

jest.setTimeout(120_000);

let bench: Workbench;
let device: string;
beforeEach(async () => {
  bench = await Workbench.make();
  device = await bench.card('card', 40);
});
afterEach(() => bench.remove());

/** An image whose root file system uses what e2fsprogs do not know yet, as 1.46 does not know `orphan_file`. */
async function imageWith(feature: string): Promise<string> {
  const image = await makeImage(bench);
  const plain = bench.path('pi.img');
  await run('debugfs', ['-w', '-R', `feature ${feature}`, rootOf(plain)]);
  await run('zstd', ['-q', '-f', plain]);
  return image;
}

// Of those that a file system may have where they are unknown, and of those that forbid to open it.
describe.each(['FEATURE_C14', 'FEATURE_I20'])('an image with %s, for which e2fsprogs here are too old,', (feature) => {
  test('is refused before anything is written', async () => {
    const image = await imageWith(feature);
    await expect(flashTo(device, image)).rejects.toThrow(
      /older than the root file system on the image \S+pi\.img\.zst: .*features[^]*e2fsprogs 1\.47 or newer[^]*Nothing was written/,
    );
    expect((await readFile(bench.path('card'))).equals(Buffer.alloc(40 * 1024 * 1024))).toBe(true);
  });

  test('is known for what it is where only the check of the written card finds out', async () => {
    const image = await imageWith(feature);
    await expect(writeCard(await cardToWrite(device, image), recorder())).rejects.toThrow(
      /older than the root file system on the card at \/dev\/loop\d+: [^]*unsupported feature[^]*without a boot record/,
    );
    expect(parsePartitionTable((await readFile(bench.path('card'))).subarray(0, 4096))).toBeUndefined();
  });
});
