import { constants, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decompressZstd, startsLikeZstd } from '../../../provider/card/zstd-frames.ts';

async function decompress(compressed: Buffer, pieceBytes = compressed.length): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of decompressZstd(cut(compressed, pieceBytes), 'pi.img.zst')) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function* cut(bytes: Buffer, pieceBytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += pieceBytes)
    yield await Promise.resolve(bytes.subarray(at, at + pieceBytes));
}

function frame(content: Buffer, checksum = false): Buffer {
  return zstdCompressSync(content, { params: { [constants.ZSTD_c_checksumFlag]: checksum ? 1 : 0 } });
}

function skippable(bytes: number): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(0x184d2a53, 0);
  header.writeUInt32LE(bytes, 4);
  return Buffer.concat([header, Buffer.alloc(bytes, 7)]);
}

const text = Buffer.from('NixOS on a card. '.repeat(5000));
const noise = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 2_654_435_761) >>> 24));

describe('zstd', () => {
  test.each<[string, Buffer, Buffer]>([
    ['one frame', frame(text), text],
    ['with a checksum', frame(noise, true), noise],
    ['two frames', Buffer.concat([frame(text), frame(noise, true)]), Buffer.concat([text, noise])],
    ['frames to be skipped', Buffer.concat([skippable(0), frame(text), skippable(100_000)]), text],
    ['a run of one byte', frame(Buffer.alloc(3_000_000)), Buffer.alloc(3_000_000)],
    ['nothing in it', frame(Buffer.alloc(0)), Buffer.alloc(0)],
  ])('%s', async (_name, compressed, expected) => {
    expect((await decompress(compressed)).equals(expected)).toBe(true);
  });

  const whole = frame(text, true);
  test.each<[string, Buffer, string]>([
    ['empty', Buffer.alloc(0), 'is empty'],
    ['not zstd', text, 'is not compressed with zstd'],
    ['cut off in the middle', whole.subarray(0, whole.length >> 1), 'is cut off'],
    ['cut off by one byte', whole.subarray(0, -1), 'is cut off'],
    ['cut off in the second frame', Buffer.concat([whole, frame(noise)]).subarray(0, -9), 'is cut off'],
    ['cut off in the magic number', Buffer.concat([whole, whole.subarray(0, 3)]), 'is cut off'],
    ['garbage at its end', Buffer.concat([whole, Buffer.from('garbage')]), 'has something else after its end'],
    ['zeros at its end', Buffer.concat([whole, Buffer.alloc(512)]), 'has something else after its end'],
    ['a wrong checksum', Buffer.concat([whole.subarray(0, -4), Buffer.of(1, 2, 3, 4)]), 'is damaged'],
  ])('%s is refused', async (_name, compressed, reason) => {
    await expect(decompress(compressed)).rejects.toThrow(`The image pi.img.zst ${reason}`);
  });

  test('frames of any content, in pieces of any size', async () => {
    const contents = fc.array(fc.tuple(fc.uint8Array({ maxLength: 5000 }), fc.boolean()), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(contents, fc.integer({ min: 1, max: 700 }), async (frames, pieceBytes) => {
        const compressed = Buffer.concat(frames.map(([content, checksum]) => frame(Buffer.from(content), checksum)));
        const expected = Buffer.concat(frames.map(([content]) => content));
        expect((await decompress(compressed, pieceBytes)).equals(expected)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  test('no proper beginning of a frame passes for a whole one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.length - 1 }), async (length) => {
        await expect(decompress(whole.subarray(0, length))).rejects.toThrow('The image pi.img.zst');
      }),
    );
  });

  test('the source is let go of when the reader stops early', async () => {
    let released = false;
    async function* source(): AsyncGenerator<Buffer> {
      try {
        yield* cut(frame(noise), 1000);
      } finally {
        released = true;
      }
    }
    for await (const piece of decompressZstd(source(), 'pi.img.zst')) if (piece.length > 0) break;
    expect(released).toBe(true);
  });

  test('recognises its files', () => {
    expect([frame(text), skippable(3), text, Buffer.alloc(0), Buffer.of(0x28)].map(startsLikeZstd)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
