import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { ClaimedDevice } from '../../../card-writer/claimed-device.ts';
import { readDeviceFacts } from '../../../card-writer/device-facts.ts';
import { readDiskSequence } from '../../../card-writer/device-readings.ts';
import { inspectImage } from '../../../provider/card/image-file.ts';
import { flashedCard } from '../../../provider/handlers/flashed-card.ts';
import type { FlashedCardInputs } from '../../../provider/handlers/flashed-card-inputs.ts';
import { parsePartitionTable } from '../../../card-writer/partition-table.ts';
import { run } from '../../../provider/process/run.ts';
import {
  Workbench,
  fingerprintOf,
  flashTo,
  inputsFor,
  makeImage,
  recorder,
  rootStartBytes,
  imageSizeBytes,
} from './cards.ts';

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

/** The check in a preview and the one before writing say the same, and neither writes. */
async function expectRefused(inputs: FlashedCardInputs, reason: RegExp): Promise<void> {
  const before = await readFile(bench.path('card'));
  expect(await flashedCard.validate?.(recorder(), inputs, undefined, [])).toEqual([
    { property: 'device', reason: expect.stringMatching(reason) },
  ]);
  await expect(flashedCard.create(recorder(), inputs)).rejects.toThrow(reason);
  expect((await readFile(bench.path('card'))).equals(before)).toBe(true);
}

async function mount(source: string, ...options: string[]): Promise<void> {
  const mountPoint = bench.path('mounted');
  await mkdir(mountPoint);
  await run('mount', [...options, source, mountPoint]);
  bench.later(() => run('umount', [mountPoint]));
}

describe('a device that is refused', () => {
  test('one that holds data, until its owner says so', async () => {
    await flashTo(device, image);
    const inputs = await inputsFor(device, image);
    const fingerprint = await fingerprintOf(device);
    const reason = new RegExp(`is not empty: it holds 2 partition.*ext4 "NIXOS_SD".*erase: "${fingerprint}"`, 's');
    await expectRefused(inputs, reason);
    await expectRefused({ ...inputs, erase: 'f'.repeat(16) }, /names f{16}: that is another card/);
    await flashedCard.create(recorder(), { ...inputs, erase: fingerprint });
  });

  test('one that holds data, while it is not known yet what may be erased, is only told of', async () => {
    await flashTo(device, image);
    const context = recorder();
    expect(await flashedCard.validate?.(context, await inputsFor(device, image), undefined, ['erase'])).toEqual([]);
    expect(context.lines.join('\n')).toMatch(/holds .*fingerprint [0-9a-f]{16}/);
  });

  test('a kind that was not named', async () => {
    await expectRefused(await inputsFor(device, image, { allow: [] }), /is a loop device, not a card/);
  });

  test('too small', async () => {
    await expectRefused({ ...(await inputsFor(device, image)), imageSizeBytes: 41 * 1024 * 1024 }, /too small/);
  });

  test('another size than declared', async () => {
    await expectRefused(await inputsFor(device, image, { expectedSizeBytes: 39 * 1024 * 1024 }), /it is another card/);
  });

  test('a mounted one', async () => {
    await run('mkfs.ext4', ['-q', device]);
    await mount(device);
    const inputs = await inputsFor(device, image, { insertTimeoutSeconds: 0.5 });
    await expectRefused(inputs, /is mounted at .*mounted/);
  });

  test('one whose partition is mounted through a loop device over it', async () => {
    await flashTo(device, image);
    await mount(device, '-o', `loop,offset=${String(rootStartBytes)}`);
    await expectRefused(await inputsFor(device, image), /is in use: loop\d+ is mounted at/);
  });

  test('one whose file is in use through another loop device', async () => {
    await bench.card('card', 40);
    await expectRefused(await inputsFor(device, image), /is in use by loop\d+/);
  });

  test('a loop device over another device, which may be in use', async () => {
    const over = await bench.attach(device);
    const [failure] =
      (await flashedCard.validate?.(
        recorder(),
        { ...(await inputsFor(device, image)), device: over },
        undefined,
        [],
      )) ?? [];
    expect(failure?.reason).toContain('is a loop device over another device');
  });

  test('one that another program holds', async () => {
    const held = await ClaimedDevice.claim(await readDeviceFacts(device), 'read');
    try {
      await expectRefused(await inputsFor(device, image), /is in use/);
    } finally {
      await held.close();
    }
  });

  test('a read-only one', async () => {
    const readOnly = await bench.card('locked', 40, '--read-only');
    await expectRefused(await inputsFor(readOnly, image), /is read-only/);
  });

  test('one whose sectors are not those of the partition table', async () => {
    const other = await bench.card('sectors', 40, '--sector-size', '4096');
    await expectRefused(await inputsFor(other, image), /has sectors of 4096 bytes: it would not boot/);
    expect((await readFile(bench.path('sectors'))).equals(Buffer.alloc(40 * 1024 * 1024))).toBe(true);
  });

  test('the disk that this system runs from', async () => {
    const { stdout } = await run('findmnt', ['--noheadings', '--output', 'SOURCE', '/']);
    const allow: FlashedCardInputs['allow'] = ['emmc', 'nvme', 'sata', 'virtio', 'loop'];
    const inputs = { ...(await inputsFor(device, image)), device: stdout, allow };
    const [failure] = (await flashedCard.validate?.(recorder(), inputs, undefined, [])) ?? [];
    expect(failure?.reason).toMatch(/disk of this system|is a partition|no stable name|does not exist/);
    await expect(flashedCard.create(recorder(), inputs)).rejects.toThrow(failure?.reason);
  });
});

describe('an image that is refused before anything is written', () => {
  test.each<[string, (path: string) => Promise<unknown>, RegExp]>([
    ['not there', (path) => run('rm', [path]), /cannot be read/],
    ['empty', (path) => truncate(path, 0), /is empty/],
    ['no card image', (path) => writeZst(path, Buffer.alloc(imageSizeBytes)), /no Linux partition/],
    ['too short to be one', (path) => writeZst(path, Buffer.alloc(1000)), /another one than was looked at/],
    ['not zstd', (path) => writeFile(path, 'hello'), /neither a zstd file/],
  ])('%s', async (_name, spoil, reason) => {
    const inputs = await inputsFor(device, image);
    await spoil(image);
    await expect(flashedCard.create(recorder(), inputs)).rejects.toThrow(reason);
    expect((await readFile(bench.path('card'))).equals(Buffer.alloc(40 * 1024 * 1024))).toBe(true);
  });

  test.each<[string, (path: string) => Promise<unknown>, RegExp]>([
    [
      'cut off',
      async (path) => truncate(path, (await readFile(path)).length - 100),
      /is cut off\.[^]*no boot record now/,
    ],
    ['with something at its end', (path) => writeFile(path, 'garbage', { flag: 'a' }), /something else after its end/],
    ['longer than announced', (path) => writeFile(path, frame, { flag: 'a' }), /another one than/],
  ])('%s leaves the card without a boot record', async (_name, spoil, reason) => {
    const inputs = await inputsFor(device, image);
    await spoil(image);
    await expect(flashedCard.create(recorder(), inputs)).rejects.toThrow(reason);
    expect(parsePartitionTable(await readFile(bench.path('card')))).toBeUndefined();
  });
});

test('each medium in a reader has a number of its own', async () => {
  const before = await readDeviceFacts(device);
  expect(await readDiskSequence(before.number)).toBe(before.diskSequence);
  await bench.exchange(device, 'other', 40);
  expect(await readDiskSequence(before.number)).toBeGreaterThan(before.diskSequence ?? Infinity);
});

test('an image that is longer than is said of it leaves the card without a boot record', async () => {
  const inputs = await inputsFor(device, image);
  await writeFile(image, frame, { flag: 'a' });
  const { compressedSha256 } = await inspectImage(image, recorder());
  await expect(flashedCard.create(recorder(), { ...inputs, imageCompressedSha256: compressedSha256 })).rejects.toThrow(
    /longer than/,
  );
  expect(parsePartitionTable(await readFile(bench.path('card')))).toBeUndefined();
});

/** A second frame. */
const frame = zstdCompressSync('x');

async function writeZst(path: string, content: Buffer): Promise<void> {
  await writeFile(`${path}.plain`, content);
  await run('zstd', ['-q', '-f', '-o', path, `${path}.plain`]);
}
