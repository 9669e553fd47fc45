import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { liveTable } from '../../../../commands/fleet/live-table.ts';
import { tableText } from '../../../../commands/fleet/table.ts';

const head = ['stack', 'result', ''];

describe('a table', () => {
  test('has columns two blanks apart, and a line for each line of its last one', () => {
    expect(
      tableText(head, [
        ['attic', 'changed', 'one\n\ntwo'],
        ['kitchen', 'pending', ''],
      ]),
    ).toBe(['stack    result', 'attic    changed  one', '', '                  two', 'kitchen  pending'].join('\n'));
  });

  test('is wrapped where the terminal ends', () => {
    const text = tableText(head, [['attic', 'failed', 'a'.repeat(45)]], 35);
    expect(text.split('\n')).toEqual([
      'stack  result',
      `attic  failed  ${'a'.repeat(20)}`,
      `               ${'a'.repeat(20)}`,
      `               ${'a'.repeat(5)}`,
    ]);
  });

  test.each([
    // A cell of 3000 lines took the library a minute.
    ['lines', 'a line\n', 3000],
    ['blanks', ' ', 100_000],
    ['words', 'word ', 30_000],
  ])('does not hang where a build tells very many %s', async (_what, said, times) => {
    const cells = [['attic', 'failed', `it said ${said.repeat(times)}done`]];
    expect([tableText(head, cells), tableText(head, cells, 80)]).toEqual([
      expect.stringMatching(/done$/),
      expect.stringMatching(/done$/),
    ]);
    // So that jest notices how long that took.
    await setTimeout(1);
  });
});

test('the live table does not hang at a long line of wide letters', async () => {
  const row = { stack: 'attic', pi: undefined, phase: 'building', begun: 0, ended: undefined } as const;
  const text = liveTable([{ ...row, detail: '漢'.repeat(40_000) }], { columns: 80, rows: 24 }, 0);
  expect(text).toMatch(/^attic {2}building {2}0:00 {2}漢+…\n/);
  await setTimeout(1);
});
