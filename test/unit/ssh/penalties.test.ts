import { expect, test } from '@jest/globals';
import { countRefusal, penaltyPause } from '../../../provider/ssh/penalties.ts';

const at = (port: number) => ({ hostname: '192.0.2.7', port });

test('two refused logins in a row are followed by a third at once, and that by a pause', () => {
  const pauses = [1, 2, 3].map(() => {
    const pause = penaltyPause(at(1));
    countRefusal(at(1));
    return pause;
  });
  expect(pauses).toEqual([0, 0, expect.closeTo(500, -3)]);
  expect(penaltyPause(at(1))).toBeGreaterThan(4000);
  expect(penaltyPause(at(2))).toBe(0);
});

test('the pause is never longer than what sshd counts', () => {
  for (let count = 0; count < 20; count += 1) countRefusal(at(3));
  expect(penaltyPause(at(3))).toBeLessThanOrEqual(10_500);
});
