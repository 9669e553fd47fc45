import { constants, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseZstdHeader, zstdHeaderBytes } from '../../../provider/card/zstd-header.ts';

const headOf = (file: Buffer) => file.subarray(0, zstdHeaderBytes);
const announcing = (content: Buffer) => zstdCompressSync(content, { pledgedSrcSize: content.length });

describe('the header of a zstd frame', () => {
  test.each([0, 1, 255, 256, 257, 65_791, 65_792, 70_000, 5_000_000])('announces %d bytes', (size) => {
    expect(parseZstdHeader(headOf(announcing(Buffer.alloc(size, 'NixOS'))))).toEqual({
      kind: 'frame',
      contentBytes: size,
    });
  });

  test('tells a size that takes eight bytes', () => {
    const sixteenGigabytes = Buffer.from('28b52ffdc00000000000040000000000', 'hex');
    expect(parseZstdHeader(sixteenGigabytes)).toEqual({ kind: 'frame', contentBytes: 17_179_869_184 });
  });

  test('may announce nothing', () => {
    const file = zstdCompressSync(Buffer.alloc(5000, 'x'), { params: { [constants.ZSTD_c_contentSizeFlag]: 0 } });
    expect(parseZstdHeader(headOf(file))).toEqual({ kind: 'frame' });
  });

  test.each<[string, string, object]>([
    ['a frame to be skipped', '532a4d1803000000616263', { kind: 'skippable', frameBytes: 11 }],
    ['a frame to be skipped, cut off', '502a4d18', { kind: 'skippable', frameBytes: 8 }],
    ['a frame, cut off', '28b52ffd', { kind: 'frame' }],
    ['nothing', '', { kind: 'other' }],
    ['part of a magic number', '28b52f', { kind: 'other' }],
    ['xz', 'fd377a585a00', { kind: 'other' }],
  ])('%s', (_name, hex, header) => {
    expect(parseZstdHeader(Buffer.from(hex, 'hex'))).toEqual(header);
  });

  test('any bytes behind the magic number are no error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: zstdHeaderBytes }), (bytes) => {
        const header = parseZstdHeader(Buffer.concat([Buffer.from('28b52ffd', 'hex'), bytes]));
        expect(header.kind).toBe('frame');
      }),
    );
  });
});
