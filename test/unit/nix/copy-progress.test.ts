import { describe, expect, test } from '@jest/globals';
import type { BuildEvent } from '../../../provider/nix/build-log.ts';
import { CopyProgress, throttled } from '../../../provider/nix/copy-progress.ts';

const MB = 1e6;
const plan = [
  { path: '/nix/store/a', narSize: 100 * MB },
  { path: '/nix/store/b', narSize: 20 * MB },
];

const start = (id: string, subject: string): BuildEvent => ({
  kind: 'started',
  id,
  activity: 'copy',
  subject,
  text: `copying path '${subject}'`,
});
const sent = (id: string, done: number, expected: number): BuildEvent => ({ kind: 'progress', id, done, expected });
const stop = (id: string): BuildEvent => ({ kind: 'stopped', id });

describe('how far a copy is', () => {
  test.each<[string, BuildEvent[], string]>([
    ['before it begins', [], '0 of 2 paths, 0 bytes of 120 MB'],
    ['in the first path', [start('1', '/nix/store/a'), sent('1', 34 * MB, 100 * MB)], '0 of 2 paths, 34 MB of 120 MB'],
    [
      'after the first path',
      [start('1', '/nix/store/a'), sent('1', 100 * MB, 100 * MB), stop('1')],
      '1 of 2 paths, 100 MB of 120 MB',
    ],
    [
      'in two at once',
      [
        start('1', '/nix/store/a'),
        start('2', '/nix/store/b'),
        sent('1', 10 * MB, 100 * MB),
        sent('2', 5 * MB, 20 * MB),
      ],
      '0 of 2 paths, 15 MB of 120 MB',
    ],
    [
      'after a cut in the middle of a path, which begins anew',
      [
        start('1', '/nix/store/b'),
        sent('1', 20 * MB, 20 * MB),
        stop('1'),
        start('2', '/nix/store/a'),
        sent('2', 90 * MB, 100 * MB),
        stop('2'),
        start('3', '/nix/store/a'),
        sent('3', 1 * MB, 100 * MB),
      ],
      '1 of 2 paths, 21 MB of 120 MB',
    ],
    [
      'when a path that arrived is sent again',
      [
        start('1', '/nix/store/b'),
        sent('1', 20 * MB, 20 * MB),
        stop('1'),
        start('2', '/nix/store/b'),
        sent('2', 20 * MB, 20 * MB),
        stop('2'),
      ],
      '1 of 2 paths, 20 MB of 120 MB',
    ],
    [
      'where a path is not of the plan',
      [start('1', '/nix/store/c'), sent('1', MB, MB), stop('1')],
      '0 of 2 paths, 0 bytes of 120 MB',
    ],
    ['where other things tell how far they are', [sent('7', MB, MB), stop('7')], '0 of 2 paths, 0 bytes of 120 MB'],
  ])('%s', (_name, events, described) => {
    const progress = new CopyProgress(plan);
    for (const event of events) progress.note(event);
    expect(progress.describe()).toBe(described);
  });
});

test('its rate is told once it can be known', () => {
  let now = 5000;
  const progress = new CopyProgress(plan, () => now);
  for (const event of [start('1', '/nix/store/a'), sent('1', 30 * MB, 100 * MB)]) progress.note(event);
  now += 900;
  expect(progress.describeWithRate()).toBe('0 of 2 paths, 30 MB of 120 MB');
  now += 9100;
  expect(progress.describeWithRate()).toBe('0 of 2 paths, 30 MB of 120 MB, 3.0 MB/s');
});

test('lines come at most so often, and are made only when they are told', () => {
  const told: string[] = [];
  let now = 0;
  let made = 0;
  const tell = throttled(
    (line) => told.push(line),
    250,
    () => now,
  );
  for (now = 0; now <= 1000; now += 10) {
    tell(() => {
      made += 1;
      return String(now);
    });
  }
  expect(told).toEqual(['0', '250', '500', '750', '1000']);
  expect(made).toBe(5);
});
