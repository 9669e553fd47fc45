import { expect, test } from '@jest/globals';
import { describeRatio, median, takeTurns } from '../../../bench/measure.ts';

test.each([
  { values: [3], middle: 3 },
  { values: [5, 1, 3], middle: 3 },
  { values: [4, 1, 3, 2], middle: 2.5 },
])('the median of $values', ({ values, middle }) => {
  expect(median(values)).toBe(middle);
});

test('contestants take turns, there and back; the first round is not counted', async () => {
  const order: string[] = [];
  const contestant = (name: string) => ({ name, run: () => Promise.resolve(order.push(name)) });
  const times = await takeTurns([contestant('a'), contestant('b')], 2);
  expect(order.join('')).toBe('abbaab');
  expect(times).toEqual([
    { name: 'a', seconds: [4, 5] },
    { name: 'b', seconds: [3, 6] },
  ]);
});

test('a promise is kept up to its limit', () => {
  const times = (name: string, ...seconds: number[]) => ({ name, seconds });
  const bound = { text: 'at most 1.5 times', limit: (theirs: number) => 1.5 * theirs };
  const ratio = (ours: number) => describeRatio(times('ours', 9, ours, 0), times('theirs', 2), bound);
  expect(ratio(3)).toBe('ours / theirs: 1.50; promised: at most 1.5 times, here 3.00 s: kept');
  expect(ratio(3.2)).toBe('ours / theirs: 1.60; promised: at most 1.5 times, here 3.00 s: BROKEN');
});
