import { expect, test } from '@jest/globals';
import { median, takeTurns } from '../../../bench/measure.ts';

test.each([
  { values: [3], middle: 3 },
  { values: [5, 1, 3], middle: 3 },
  { values: [4, 1, 3, 2], middle: 2.5 },
])('the median of $values', ({ values, middle }) => {
  expect(median(values)).toBe(middle);
});

test('contestants take turns, and the first round is not counted', async () => {
  const order: string[] = [];
  const contestant = (name: string) => ({ name, run: () => Promise.resolve(void order.push(name)) });
  const times = await takeTurns([contestant('a'), contestant('b')], 2);
  expect(order.join('')).toBe('ababab');
  expect(times.map(({ name, seconds }) => [name, seconds.length])).toEqual([
    ['a', 2],
    ['b', 2],
  ]);
});
