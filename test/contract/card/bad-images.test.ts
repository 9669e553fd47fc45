import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { parsePartitionTable } from '../../../card-writer/partition-table.ts';
import { run } from '../../../provider/process/run.ts';
import { flashedCard } from '../../../provider/handlers/flashed-card.ts';
import { Workbench, inputsFor, makeImage, readFromRoot, recorder, rootStartBytes } from './cards.ts';

jest.setTimeout(120_000);

let bench: Workbench;
let image: string;
beforeEach(async () => {
  bench = await Workbench.make();
  image = await makeImage(bench);
});
afterEach(() => bench.remove());

test('an image that was damaged after it was looked at is named, and the card has no boot record', async () => {
  const inputs = await inputsFor(await bench.card('card', 40), image);
  const file = await readFile(image);
  const middle = Math.floor(file.length / 2);
  file.fill(0xff, middle, middle + 64);
  await writeFile(image, file);
  await expect(flashedCard.create(recorder(), inputs)).rejects.toThrow(/pi\.img\.zst is damaged/);
  expect(parsePartitionTable(await readFile(bench.path('card')))).toBeUndefined();
});

describe('an image of whose file nothing is known is read once before anything is written, and refused where it', () => {
  test.each<[how: string, spoil: (file: Buffer) => Buffer, says: RegExp]>([
    ['is damaged', (file) => file.fill(0xff, 1000, 1064), /is damaged/],
    ['is cut off', (file) => file.subarray(0, -100), /is cut off/],
    ['has something else behind it', (file) => Buffer.concat([file, Buffer.from('rubbish')]), /after its end/],
    ['is another one', () => zstdCompressSync(Buffer.alloc(1024)), /not the one that is declared.*\n.*Nothing was/],
  ])('%s', async (_how, spoil, says) => {
    const device = await bench.card('card', 40);
    const inputs = await inputsFor(device, image, { imageCompressedSha256: undefined });
    await writeFile(image, spoil(await readFile(image)));
    await expect(flashedCard.create(recorder(), inputs)).rejects.toThrow(says);
    expect((await readFile(bench.path('card'))).equals(Buffer.alloc(40 * 1024 * 1024))).toBe(true);
  });
});

test('an image of several frames is written whole', async () => {
  const plain = await readFile(bench.path('pi.img'));
  const parts = [plain.subarray(0, 9_000_001), plain.subarray(9_000_001)];
  await writeFile(image, Buffer.concat(parts.map((part) => zstdCompressSync(part))));
  const device = await bench.card('card', 40);
  await flashedCard.create(recorder(), await inputsFor(device, image));
  const card = await readFile(bench.path('card'));
  const rootStart = 10 * 1024 * 1024;
  expect(card.subarray(0, rootStart).equals(plain.subarray(0, rootStart))).toBe(true);
  expect(await readFromRoot(device, '/boot/extlinux/extlinux.conf')).toBe('DEFAULT nixos-default');
});

test('an image that is larger than the card is refused before anything is written', async () => {
  const inputs = await inputsFor(await bench.card('card', 24), image);
  await expect(flashedCard.create(recorder(), inputs)).rejects.toThrow(/too small/);
  expect((await readFile(bench.path('card'))).equals(Buffer.alloc(24 * 1024 * 1024))).toBe(true);
});

test('an image whose file system was not unmounted has a journal that would undo what is put there: it is refused', async () => {
  const plain = bench.path('pi.img');
  const mounted = bench.path('mounted');
  await mkdir(mounted);
  await run('mount', ['-o', `loop,offset=${String(rootStartBytes)}`, plain, mounted]);
  try {
    await writeFile(`${mounted}/later`, 'x'.repeat(100_000));
    await run('sync', ['--file-system', mounted]);
    await run('cp', [plain, bench.path('running.img')]);
  } finally {
    await run('umount', [mounted]);
  }
  const inputs = await inputsFor(await bench.card('journal', 40), bench.path('running.img'));
  await expect(flashedCard.create(recorder(), inputs)).rejects.toThrow('was not unmounted cleanly');
  expect(parsePartitionTable((await readFile(bench.path('journal'))).subarray(0, 4096))).toBeUndefined();
});
