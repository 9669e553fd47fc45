import { createHash } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { compressImage, inspectImage } from '../../../provider/card/image-file.ts';
import { run } from '../../../provider/process/run.ts';
import { Workbench, recorder } from './cards.ts';

jest.setTimeout(120_000);

let bench: Workbench;
beforeEach(async () => {
  bench = await Workbench.make();
});
afterEach(() => bench.remove());

const content = Buffer.concat([Buffer.alloc(3_000_000, 'NixOS '), Buffer.alloc(9_000_000)]);
const sha256 = createHash('sha256').update(content).digest('hex');

async function plainImage(): Promise<string> {
  const path = bench.path('pi.img');
  await writeFile(path, content);
  return path;
}

describe('an image file', () => {
  test('uncompressed', async () => {
    expect(await inspectImage(await plainImage(), recorder())).toEqual({
      sizeBytes: content.length,
      compressedSizeBytes: content.length,
      sha256,
      compressed: false,
    });
  });

  test.each([
    ['as NixOS does it', ['-T2']],
    ['at another level, without a checksum', ['-1', '--no-check']],
  ])('compressed %s', async (_name, options) => {
    const path = await plainImage();
    await run('zstd', ['-q', ...options, path]);
    const compressedSizeBytes = (await readFile(`${path}.zst`)).length;
    expect(await inspectImage(`${path}.zst`, recorder())).toEqual({
      sizeBytes: content.length,
      compressedSizeBytes,
      sha256,
      compressed: true,
    });
  });

  test('is compressed with its exact size in the header', async () => {
    const source = await plainImage();
    const facts = await compressImage(source, bench.path('out.img.zst'), recorder());
    expect(facts).toMatchObject({ sizeBytes: content.length, sha256, compressed: true });
    expect((await run('zstd', ['-lv', bench.path('out.img.zst')])).stdout).toMatch(
      /Decompressed Size:.*\(12000000 B\)/,
    );
    expect((await readdir(bench.folder)).sort()).toEqual(['out.img.zst', 'pi.img']);
  });

  test('that cannot be compressed leaves nothing behind', async () => {
    await expect(compressImage(bench.path('missing.img'), bench.path('out.img.zst'), recorder())).rejects.toThrow(
      'missing.img',
    );
    expect(await readdir(bench.folder)).toEqual([]);
  });

  test('the reading of it can be cancelled', async () => {
    const path = await plainImage();
    const controller = new AbortController();
    controller.abort();
    await expect(inspectImage(path, recorder(undefined, controller.signal))).rejects.toMatchObject({
      name: 'AbortError',
    });
  });

  test.each<[string, string, RegExp]>([
    ['pi.img', '', /is empty/],
    ['pi.img.zst', '', /is empty/],
    ['pi.img.xz', '\u00fd7zXZ', /neither a zstd file nor named .img/],
    ['pi.img.zst', 'hello', /neither a zstd file nor named .img/],
  ])('%s with %j in it is refused', async (name, text, reason) => {
    await writeFile(bench.path(name), text);
    await expect(inspectImage(bench.path(name), recorder())).rejects.toThrow(reason);
  });
});
