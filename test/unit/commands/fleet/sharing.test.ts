import { describe, expect, test } from '@jest/globals';
import { sharedEvaluations } from '../../../../commands/fleet/evaluate-all.ts';
import { defaultParallel, fleetCommand } from '../../../../commands/fleet/fleet-command.ts';
import { updateMessage } from '../../../../commands/fleet/message.ts';

const gigabyte = 1024 ** 3;

test.each([
  [64 * gigabyte, 4],
  [2.5 * gigabyte, 2],
  [gigabyte / 2, 1],
])('with %i bytes of memory %i stacks are worked on at a time', (bytes, expected) => {
  expect(defaultParallel(bytes)).toBe(expected);
});

describe('engines side by side', () => {
  test('evaluate as few at a time as one of them alone would, at least one each', () => {
    expect(sharedEvaluations(1000, {})).toEqual({ NIXOS_PI_PARALLEL_EVALUATIONS: '1' });
    expect(Number(sharedEvaluations(1, {})['NIXOS_PI_PARALLEL_EVALUATIONS'])).toBeGreaterThanOrEqual(1);
  });

  test('heed what the user has set', () => {
    expect(sharedEvaluations(4, { NIXOS_PI_PARALLEL_EVALUATIONS: '3' })).toEqual({});
  });
});

test.each([
  [undefined, 'fleet up by ada@desk'],
  ['kitchen', 'fleet up by ada@desk (canary kitchen)'],
])('with the canary %s an update says %s', (canary, expected) => {
  expect(updateMessage('up', canary, 'ada@desk')).toBe(expected);
});

test('an update says who this is, in one line', () => {
  expect(updateMessage('refresh', undefined)).toMatch(/^fleet refresh by \S+@\S+$/);
});

test.each([
  ['8', 8],
  ['0', undefined],
  ['many', undefined],
])('--parallel %s', (text, expected) => {
  const parse = () =>
    fleetCommand('x', '')
      .exitOverride()
      .configureOutput({ writeErr: () => undefined })
      .parse(['--parallel', text], { from: 'user' })
      .opts();
  if (expected === undefined) expect(parse).toThrow(/number from 1 on/);
  else expect(parse()).toMatchObject({ parallel: expected });
});
