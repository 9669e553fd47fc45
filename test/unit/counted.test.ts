import { expect, test } from '@jest/globals';
import { counted } from '../../provider/values/counted.ts';

test.each([
  [0, '0 paths'],
  [1, '1 path'],
  [2, '2 paths'],
])('%i is told as %s', (count, text) => {
  expect(counted(count, 'path')).toBe(text);
});
