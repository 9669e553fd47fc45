import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { type CardContent, readCardContent } from '../../../card-writer/card-content.ts';
import { ClaimedDevice } from '../../../card-writer/claimed-device.ts';
import { readDeviceFacts } from '../../../card-writer/device-facts.ts';
import { encodeMarker } from '../../../card-writer/unfinished-marker.ts';
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
  const facts = await readDeviceFacts(device);
  const opened = await ClaimedDevice.claim(facts, 'read');
  try {
    return (await readCardContent(opened, facts.sizeBytes)).content;
  } finally {
    await opened.close();
  }
}

async function partition(script: string, ...options: string[]): Promise<void> {
  await run('sfdisk', ['--quiet', ...options, device], { stdin: script });
}

const marker = encodeMarker({ flashId: '0c0ffee0-1234-4abc-8def-0123456789ab', imageSha256: 'a'.repeat(64) });

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
    const imageSha256 = 'a'.repeat(64);
    await run('dd', [`of=${device}`, 'conv=fsync', 'status=none'], { stdin: encodeMarker({ flashId, imageSha256 }) });
    expect(await content()).toEqual({ kind: 'unfinished', flashId, imageSha256 });
  });

  test.each<[string, () => Promise<unknown>]>([
    ['a partition table', () => partition('label: dos\nstart=4MiB,type=83\n')],
    [
      'a volume behind it',
      async () => {
        await run('mkfs.ext4', ['-q', '-F', '-L', 'PHOTOS', bench.path('card')]);
        await run('dd', [`of=${device}`, 'conv=fsync,notrunc', 'status=none', 'bs=1024', 'count=1'], {
          stdin: marker.subarray(0, 1024),
        });
      },
    ],
  ])('%s where the text of an unfinished flash is left is data', async (_name, use) => {
    await run('dd', [`of=${device}`, 'conv=fsync', 'status=none'], { stdin: marker });
    await use();
    expect(await content()).toMatchObject({ kind: 'data' });
  });

  test("a partition table in an empty FAT's first sector is what counts", async () => {
    await run('mformat', ['-i', device, '-F', '-T', String(100 * 2048), '-h', '64', '-s', '32', '::']);
    // As sfdisk without a terminal does it: nothing is wiped.
    await partition('label: dos\nstart=8MiB,type=83\n', '--wipe', 'never');
    await run('mkfs.ext4', ['-q', '-F', '-L', 'PHOTOS', '-E', 'offset=8388608', device, '40M']);
    expect(await content()).toEqual({ kind: 'data', description: expect.stringContaining('ext4 "PHOTOS"') });
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

  describe('FAT with nothing but', () => {
    const folder = '::System Volume Information';
    beforeEach(() => run('mformat', ['-i', device, '-F', '-T', String(100 * 2048), '-h', '64', '-s', '32', '::']));

    test('what Windows makes by itself', async () => {
      await run('mmd', ['-i', device, folder]);
      await run('mattrib', ['-i', device, '+s', '+h', folder]);
      expect(await content()).toEqual({ kind: 'factory' });
    });

    // Their short names are the same, SYSTEM~1.
    test('a file of a like name', async () => {
      await writeFile(bench.path('systembackup'), 'all of it');
      await run('mcopy', ['-i', device, bench.path('systembackup'), '::systembackup']);
      expect(await content()).toMatchObject({ kind: 'data' });
    });

    test('a folder of a like name', async () => {
      await run('mmd', ['-i', device, '::System Images']);
      expect(await content()).toMatchObject({ kind: 'data' });
    });
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
    [
      'a file system that lost its beginning',
      () => run('dd', ['if=/dev/urandom', `of=${device}`, 'bs=1M', 'seek=40', 'count=8', 'conv=fsync', 'status=none']),
      /neither/,
    ],
  ])('%s', async (_name, make, description) => {
    await make();
    expect(await content()).toEqual({ kind: 'data', description: expect.stringMatching(description) });
  });
});
