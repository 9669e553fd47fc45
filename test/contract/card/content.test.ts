import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { type CardContent, readCardContent } from '../../../provider/card/card-content.ts';
import { DirectDevice } from '../../../provider/card/direct-io.ts';
import { encodeMarker } from '../../../provider/card/unfinished-marker.ts';
import { run } from '../../../provider/process/run.ts';
import { Workbench } from './cards.ts';

jest.setTimeout(120_000);

let bench: Workbench;
let device: string;
let file: string;
beforeEach(async () => {
  bench = await Workbench.make();
  device = await bench.card('card', 100);
  file = bench.path('card');
});
afterEach(() => bench.remove());

async function content(): Promise<CardContent> {
  const opened = await DirectDevice.claim(device, 'read');
  try {
    return await readCardContent(opened);
  } finally {
    await opened.close();
  }
}

async function partition(script: string, ...options: string[]): Promise<void> {
  await run('sfdisk', ['--quiet', ...options, device], { stdin: script });
}

const partitionStart = 4 * 1024 * 1024;

async function copyIn(image: string): Promise<void> {
  await writeFile(bench.path('photo.jpg'), 'photo');
  await run('mcopy', ['-i', image, bench.path('photo.jpg'), '::DCIM.JPG']);
}

describe('what is on a card', () => {
  test('nothing', async () => {
    expect(await content()).toEqual({ kind: 'blank' });
  });

  test('erased flash memory', async () => {
    await writeFile(file, Buffer.alloc(100 * 1024 * 1024, 0xff));
    expect(await content()).toEqual({ kind: 'blank' });
  });

  test('an unfinished flash', async () => {
    const flashId = '0c0ffee0-1234-4abc-8def-0123456789ab';
    await run('dd', [`of=${device}`, 'conv=fsync', 'status=none'], { stdin: encodeMarker(flashId) });
    expect(await content()).toEqual({ kind: 'unfinished', flashId });
  });

  test.each([
    ['FAT32', ['-F']],
    ['FAT16', []],
  ])('a new card with one %s partition, and the same with a photo on it', async (_name, options) => {
    await partition('label: dos\nstart=4MiB,type=c\n');
    const image = `${device}@@${String(partitionStart)}`;
    await run('mformat', [
      '-i',
      image,
      ...options,
      '-v',
      'NEWCARD',
      '-T',
      String(96 * 2048),
      '-h',
      '64',
      '-s',
      '32',
      '::',
    ]);
    expect(await content()).toEqual({ kind: 'factory' });
    await copyIn(image);
    expect(await content()).toEqual({
      kind: 'data',
      description: expect.stringMatching(/1 partition.*vfat "NEWCARD"/),
    });
  });

  test('FAT without a partition table', async () => {
    await run('mformat', ['-i', device, '-F', '-T', String(100 * 2048), '-h', '64', '-s', '32', '::']);
    expect(await content()).toEqual({ kind: 'factory' });
    await copyIn(device);
    expect(await content()).toMatchObject({ kind: 'data' });
  });

  test.each<[string, () => Promise<unknown>, RegExp]>([
    ['ext4', () => run('mkfs.ext4', ['-q', '-L', 'HOME', device]), /ext4 "HOME"/],
    ['swap', () => run('mkswap', [device]), /swap/],
    ['a GPT', () => partition('label: gpt\nsize=10MiB\n'), /gpt/],
    ['two partitions', () => partition('label: dos\nsize=10MiB\nsize=10MiB\n'), /2 partition/],
    ['a partition table without partitions', () => partition('label: dos\n'), /empty partition table/],
    [
      'noise',
      () => run('dd', ['if=/dev/urandom', `of=${device}`, 'bs=1M', 'count=4', 'conv=fsync', 'status=none']),
      /neither/,
    ],
    [
      'one byte somewhere in its beginning',
      () => run('dd', [`of=${device}`, 'seek=3000000', 'bs=1', 'conv=fsync', 'status=none'], { stdin: 'x' }),
      /neither/,
    ],
  ])('%s', async (_name, make, description) => {
    await make();
    expect(await content()).toEqual({ kind: 'data', description: expect.stringMatching(description) });
  });
});
