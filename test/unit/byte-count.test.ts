import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatBytes } from '../../provider/values/byte-count.ts';

test.each([
  [0, '0 bytes'],
  [999, '999 bytes'],
  [1000, '1 kB'],
  [12_345, '12 kB'],
  [999_499, '999 kB'],
  [999_500, '1.0 MB'],
  [3_440_000, '3.4 MB'],
  [9_960_000, '10 MB'],
  [120e6, '120 MB'],
  [999.6e6, '1.0 GB'],
  [31.9e9, '32 GB'],
  [-1_200_000, '-1.2 MB'],
])('%d is %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('any number has at most four characters before its unit', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9e12 }), (bytes) => {
      expect(formatBytes(bytes)).toMatch(/^(?:\d{1,4}|\d\.\d) (?:bytes|kB|MB|GB)$/);
    }),
  );
});
