import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { compressImage, inspectImage } from '../../../provider/card/image-file.ts';
import { openImage, partsOf } from '../../../provider/card/image-source.ts';
import { run } from '../../../provider/process/run.ts';
import { Workbench, recorder } from './cards.ts';

jest.setTimeout(120_000);

let bench: Workbench;
beforeEach(async () => {
  bench = await Workbench.make();
});
afterEach(() => bench.remove());

const content = Buffer.concat([Buffer.alloc(3_000_000, 'NixOS '), randomBytes(1_000_000), Buffer.alloc(8_000_000)]);
const sha256 = hashOf(content);
const skippable = Buffer.from('502a4d1803000000616263', 'hex');

function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function plainImage(): Promise<string> {
  const path = bench.path('pi.img');
  await writeFile(path, content);
  return path;
}

async function compressed(...options: string[]): Promise<string> {
  const path = await plainImage();
  await run('zstd', ['-q', ...options, path]);
  return `${path}.zst`;
}

/** A `zstd` before the real one on the PATH. */
async function stubZstd(script: string): Promise<void> {
  const before = process.env['PATH'];
  await mkdir(bench.path('bin'));
  await writeFile(bench.path('bin/zstd'), `#!/bin/sh\n${script}\n`);
  await chmod(bench.path('bin/zstd'), 0o755);
  process.env['PATH'] = `${bench.path('bin')}:${before ?? ''}`;
  bench.later(() => Promise.resolve((process.env['PATH'] = before)));
}

describe('an image file', () => {
  test('uncompressed', async () => {
    const path = await plainImage();
    expect(await inspectImage(path, recorder())).toEqual({
      sizeBytes: content.length,
      compressedSizeBytes: content.length,
      sha256,
      compressedSha256: sha256,
      compressed: false,
    });
    expect((await openImage(path)).announcedBytes).toBe(content.length);
  });

  test.each<[string, (zst: Buffer) => Buffer, Buffer, number | undefined]>([
    ['as NixOS does it', (zst) => zst, content, content.length],
    ['between frames to be skipped', (zst) => Buffer.concat([skippable, zst, skippable]), content, content.length],
    [
      'in two frames, of which the first is announced',
      (zst) => Buffer.concat([zst, zst]),
      Buffer.concat([content, content]),
      content.length,
    ],
  ])('compressed %s', async (_name, arrange, expected, announced) => {
    const path = await compressed('-T2');
    const file = arrange(await readFile(path));
    await writeFile(path, file);
    const context = recorder();
    expect(await inspectImage(path, context)).toEqual({
      sizeBytes: expected.length,
      compressedSizeBytes: file.length,
      sha256: hashOf(expected),
      compressedSha256: hashOf(file),
      compressed: true,
    });
    expect((await openImage(path)).announcedBytes).toBe(announced);
    expect(context.lines.at(-1)).toMatch(/^checking the image: (\d MB) of \1 \(100 %\)/);
  });

  test('compressed without a size and a checksum', async () => {
    const path = await compressed('-1', '--no-check', '--no-content-size');
    expect(await inspectImage(path, recorder())).toMatchObject({ sizeBytes: content.length, sha256 });
    expect((await openImage(path)).announcedBytes).toBeUndefined();
  });

  test('that takes more than it should is refused by its header', async () => {
    const path = await compressed();
    await expect(openImage(path, content.length - 1)).rejects.toThrow(
      /takes 12000000 bytes on a card, not 11999999[^]*Nothing was written/,
    );
    expect(await openImage(path, content.length)).toMatchObject({ announcedBytes: content.length });
  });

  test('parts of it are had without the rest', async () => {
    const image = await openImage(await compressed());
    const parts = [
      { position: 10, length: 5 },
      { position: 2_999_990, length: 100 },
    ];
    const read: Buffer[] = [];
    for await (const piece of partsOf(image, parts, recorder().signal)) read.push(piece);
    const expected = parts.map(({ position, length }) => content.subarray(position, position + length));
    expect(Buffer.concat(read).equals(Buffer.concat(expected))).toBe(true);
  });

  test('the reading of it can be cancelled, also in the middle, and leaves no program behind', async () => {
    const path = await compressed();
    const controller = new AbortController();
    const inspecting = inspectImage(
      path,
      recorder(() => {
        controller.abort();
      }, controller.signal),
    );
    await expect(inspecting).rejects.toMatchObject({ name: 'AbortError' });
    await expect(inspectImage(path, recorder(undefined, controller.signal))).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(await children()).toEqual([]);
  });
});

async function children(): Promise<string[]> {
  const { stdout } = await run('ps', ['--ppid', String(process.pid), '-o', 'comm=']);
  return stdout.split('\n').filter((name) => name.includes('zstd'));
}

describe('an image file that is refused', () => {
  test.each<[string, string, RegExp]>([
    ['pi.img', '', /is empty/],
    ['pi.img.zst', '', /is empty/],
    ['pi.img.zst', '\u0050*M\u0018\u0000\u0000\u0000\u0000', /is empty/],
    ['pi.img.xz', '\u00fd7zXZ', /neither a zstd file nor named .img/],
    ['pi.img.zst', 'hello', /neither a zstd file nor named .img/],
  ])('%s with %j in it', async (name, text, reason) => {
    await writeFile(bench.path(name), text, 'latin1');
    await expect(inspectImage(bench.path(name), recorder())).rejects.toThrow(reason);
  });

  test.each<[string, (zst: Buffer) => Buffer, RegExp]>([
    ['cut off in the middle', (zst) => zst.subarray(0, zst.length >> 1), /is cut off\.\n[^]*premature end/],
    ['cut off by one byte', (zst) => zst.subarray(0, -1), /is cut off/],
    ['cut off in its header', (zst) => zst.subarray(0, 7), /is cut off/],
    ['cut off in the second frame', (zst) => Buffer.concat([zst, zst.subarray(0, 5000)]), /is cut off/],
    ['cut off in a frame to be skipped', () => skippable.subarray(0, 9), /is cut off/],
    ['with a text at its end', (zst) => Buffer.concat([zst, Buffer.from('garbage')]), /something else after its end/],
    ['with zeros at its end', (zst) => Buffer.concat([zst, Buffer.alloc(512)]), /something else after its end/],
    ['with a wrong checksum', (zst) => Buffer.concat([zst.subarray(0, -4), Buffer.from('wrong')]), /is damaged/],
    ['with a wrong byte', (zst) => Buffer.from(zst.map((byte, at) => (at === 500_000 ? ~byte : byte))), /is damaged/],
  ])('%s', async (_name, spoil, reason) => {
    const path = await compressed();
    await writeFile(path, spoil(await readFile(path)));
    await expect(inspectImage(path, recorder())).rejects.toThrow(reason);
    await expect(inspectImage(path, recorder())).rejects.toThrow('zstd --test');
  });

  test('compressed in a way that needs a gigabyte of memory', async () => {
    // A frame with a window of 1 GiB, and an empty block.
    await writeFile(bench.path('pi.img.zst'), Buffer.from('28b52ffd00a0010000', 'hex'));
    await expect(inspectImage(bench.path('pi.img.zst'), recorder())).rejects.toThrow(
      /a window that zstd does not take/,
    );
  });

  test('when zstd is killed, however much it gave before', async () => {
    const path = await compressed();
    await stubZstd('echo something; kill -KILL $$');
    await expect(inspectImage(path, recorder())).rejects.toThrow(
      /zstd was ended by SIGKILL while it read the image .*pi\.img\.zst[^]*too little memory/,
    );
  });

  test('when there is no zstd', async () => {
    const path = await compressed();
    const before = process.env['PATH'];
    process.env['PATH'] = '/nowhere';
    try {
      await expect(inspectImage(path, recorder())).rejects.toThrow('The program zstd is not installed.');
    } finally {
      process.env['PATH'] = before;
    }
  });
});

describe('an image is compressed', () => {
  test('with its exact size in the header, and what is said of it is what is in it', async () => {
    const source = await plainImage();
    const target = bench.path('out.img.zst');
    const facts = await compressImage(source, target, recorder());
    expect(facts).toEqual(await inspectImage(target, recorder()));
    expect(facts).toMatchObject({ sizeBytes: content.length, sha256, compressed: true });
    expect((await openImage(target)).announcedBytes).toBe(content.length);
    expect((await run('zstd', ['-lv', target])).stdout).toMatch(/Decompressed Size:.*\(12000000 B\)[^]*Check: XXH64/);
    expect((await readdir(bench.folder)).sort()).toEqual(['out.img.zst', 'pi.img']);
  });

  test('beside others that do the same; what a killed one left is removed', async () => {
    const ended = (await run('sh', ['-c', 'echo $$'])).stdout;
    const [left, goesOn] = [`out.img.zst.${ended}.a.unfinished`, 'out.img.zst.1.b.unfinished'];
    for (const name of [left, goesOn]) await writeFile(bench.path(name), 'half');
    await compressImage(await plainImage(), bench.path('out.img.zst'), recorder());
    expect((await readdir(bench.folder)).sort()).toEqual(['out.img.zst', goesOn, 'pi.img']);
  });

  test('twice at a time by one process: each gets a whole one', async () => {
    const source = await plainImage();
    const target = bench.path('out.img.zst');
    const compress = () => compressImage(source, target, recorder());
    const [one, other] = await Promise.all([compress(), compress()]);
    expect(other).toEqual(one);
    expect(await inspectImage(target, recorder())).toMatchObject({ compressedSha256: one.compressedSha256 });
  });

  test.each<[string, () => Promise<unknown>, RegExp]>([
    ['it is not there', () => Promise.resolve(), /pi\.img cannot be read/],
    ['it is empty', () => writeFile(bench.path('pi.img'), ''), /is empty/],
    [
      'zstd is killed',
      async () => {
        await plainImage();
        await stubZstd('head -c 100000; kill -KILL $$');
      },
      /could not be compressed[^]*zstd was ended by SIGKILL/,
    ],
    [
      'zstd fails behind its last byte',
      async () => {
        await plainImage();
        await stubZstd('cat; echo no room >&2; exit 1');
      },
      /could not be compressed[^]*no room/,
    ],
  ])('not when %s, and nothing is left', async (_name, prepare, reason) => {
    await prepare();
    const target = bench.path('out.img.zst');
    await expect(compressImage(bench.path('pi.img'), target, recorder())).rejects.toThrow(reason);
    expect((await readdir(bench.folder)).filter((name) => name.startsWith('out'))).toEqual([]);
  });

  test('until it is cancelled, and nothing is left', async () => {
    const source = await plainImage();
    const controller = new AbortController();
    const context = recorder(() => {
      controller.abort();
    }, controller.signal);
    await expect(compressImage(source, bench.path('out.img.zst'), context)).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(await readdir(bench.folder)).toEqual(['pi.img']);
    expect(await children()).toEqual([]);
  });
});
