import { describe, expect, test } from '@jest/globals';
import { historyOf } from '../../../../../commands/fleet/report/history.ts';
import { updatesIn } from '../../../../../commands/fleet/report/updates.ts';
import { deployment, hoursAgo, pi, system, update } from './samples.ts';

const stack = (...updates: ReturnType<typeof update>[]) => ({ name: 'kitchen', updates });

describe('the history of a stack', () => {
  test('has beside an update what its Pi recorded of it', () => {
    const [only, ...others] = historyOf(stack(update()), [pi('current', { deployments: [deployment()] })]);
    expect(others).toEqual([]);
    expect(only).toMatchObject({ kind: 'update', result: 'succeeded', seconds: 30 });
    expect(only?.deployments).toEqual([{ pi: 'kitchen', deployment: deployment() }]);
  });

  test('has it there also where the backend puts an organization before the name, which the Pi does not know', () => {
    const own = pi('current', { deployments: [deployment()] }, { stack: 'home/kitchen' });
    const events = historyOf({ name: 'home/kitchen', updates: [update()] }, [own]);
    expect(events.map(({ kind, deployments }) => [kind, deployments.length])).toEqual([['update', 1]]);
  });

  test.each([
    ['by another stack', { deployer: 'stack cellar, eve@hut' }],
    ['by a stack whose name begins alike', { deployer: 'stack kitchen-2, eve@hut' }],
    ['at another time', { time: hoursAgo(9).getTime() / 1000 }],
  ])('has what was done to the Pi %s in a line of its own', (_what, values) => {
    const events = historyOf(stack(update()), [pi('current', { deployments: [deployment(values)] })]);
    expect(events.map(({ kind, deployments }) => [kind, deployments.length]).sort()).toEqual([
      ['deployment', 1],
      ['update', 0],
    ]);
  });

  test('has beside an update of an organization’s stack what its Pi recorded by the stack’s own name', () => {
    const deployed = pi('current', { deployments: [deployment()] }, { stack: 'acme/kitchen' });
    expect(historyOf({ name: 'acme/kitchen', updates: [update()] }, [deployed])).toHaveLength(1);
  });

  test('has nothing that was deployed beside a refresh, which deploys nothing', () => {
    const events = historyOf(stack(update({ kind: 'refresh' })), [pi('current', { deployments: [deployment()] })]);
    expect(events.map(({ kind }) => kind)).toEqual(['deployment', 'refresh']);
  });

  test('forgives clocks that differ by some seconds', () => {
    const late = deployment({ time: hoursAgo(10).getTime() / 1000 + 38 });
    expect(historyOf(stack(update()), [pi('current', { deployments: [late] })])).toHaveLength(1);
  });

  test('has a deployment beside the update at whose time it was, though the next one began at once', () => {
    const next = update({
      startedAt: new Date(hoursAgo(10).getTime() + 31_000),
      endedAt: hoursAgo(9),
      result: 'failed',
    });
    const events = historyOf(stack(next, update()), [
      pi('current', { deployments: [deployment({ time: hoursAgo(10).getTime() / 1000 + 29 })] }),
    ]);
    expect(events.map(({ result, deployments }) => [result, deployments.length])).toEqual([
      ['failed', 0],
      ['succeeded', 1],
    ]);
  });

  test('has a deployment beside the update that ended in its second, though the next one began in the same', () => {
    const end = hoursAgo(10).getTime() + 30_000;
    const next = update({ startedAt: new Date(end), endedAt: hoursAgo(9) });
    const events = historyOf(stack(next, update({ result: 'failed' })), [
      pi('current', { deployments: [deployment({ time: end / 1000, outcome: 'rolled-back' })] }),
    ]);
    expect(events.map(({ result, deployments }) => [result, deployments.length])).toEqual([
      ['succeeded', 0],
      ['failed', 1],
    ]);
  });

  test.each(['not-started', 'in-progress'])('has no later deployment beside an update without an end: %s', (result) => {
    const without = update({ startedAt: hoursAgo(11), endedAt: undefined, result });
    const events = historyOf(stack(update(), without), [pi('current', { deployments: [deployment()] })]);
    expect(events.map(({ deployments }) => deployments.length)).toEqual([1, 0]);
  });

  test('knows the last deployment of a Pi that does not answer from the state', () => {
    const [event] = historyOf(stack(update({ startedAt: hoursAgo(1), kind: 'refresh' }), update()), [
      pi('offline'),
    ]).slice(1);
    expect(event?.deployments[0]?.deployment).toMatchObject({ storePath: system('a'), previous: system('b') });
  });

  test('does not guess from the state where no update fits', () => {
    const events = historyOf(stack(update({ startedAt: hoursAgo(5), endedAt: hoursAgo(4) })), [pi('offline')]);
    expect(events.map(({ deployments }) => deployments)).toEqual([[]]);
  });

  test('begins with the newest, and leaves out other stacks', () => {
    const events = historyOf(stack(update({ startedAt: hoursAgo(3), endedAt: hoursAgo(3) }), update()), [
      pi('current', { deployments: [deployment({ time: hoursAgo(2).getTime() / 1000, deployer: 'x' })] }),
      pi('current', { name: 'attic', deployments: [deployment({ deployer: 'y' })] }, { stack: 'attic' }),
    ]);
    expect(events.map(({ at }) => at)).toEqual([hoursAgo(2), hoursAgo(3), hoursAgo(10)]);
  });

  test.each([
    ['succeeded', {}],
    ['unchanged', { resourceChanges: { same: 5 } }],
    ['unchanged', { resourceChanges: { same: 5, update: 0 } }],
    ['failed', { result: 'failed' }],
    ['unfinished', { result: 'in-progress', endedAt: undefined }],
  ] as const)('calls it %s', (result, values) => {
    expect(historyOf(stack(update(values)), [])[0]?.result).toBe(result);
  });
});

describe('who did it', () => {
  const who = (values: object, ...deployments: ReturnType<typeof deployment>[]) =>
    historyOf(stack(update(values)), [pi('current', { deployments })])[0]?.who;

  test.each([
    ['ada@desk', {}, true],
    ['bob@lap', { message: 'Kitchen: neovim' }, true],
    ['author of the commit: Ada Lovelace', { message: 'Kitchen: neovim' }, false],
    ['not recorded', { message: 'x', gitAuthor: '' }, false],
    ['bob@lap (GitHub Actions)', { message: 'x', ciSystem: 'GitHub Actions' }, true],
  ])('was %s', (expected, values, knows) => {
    expect(who(values, ...(knows ? [deployment()] : []))).toBe(expected);
  });
});

describe('what the backend prints', () => {
  const entry = {
    kind: 'update',
    startTime: '2026-11-29T05:04:00.000Z',
    config: {},
    environment: { 'git.author': 'Ada' },
  };

  test('is read, also of an update that has not ended', () => {
    expect(updatesIn([entry])).toEqual([
      {
        ...{ version: 0, kind: 'update', message: '', startedAt: new Date(entry.startTime), endedAt: undefined },
        ...{ result: 'in-progress', resourceChanges: {}, gitAuthor: 'Ada', gitHead: '', ciSystem: '' },
      },
    ]);
  });

  test.each([
    ['succeeded', new Date('2026-11-29T05:05:00.000Z')],
    ['failed', new Date('2026-11-29T05:05:00.000Z')],
    ['not-started', undefined],
    ['in-progress', undefined],
  ])('has an end where it has ended: %s', (result, endedAt) => {
    expect(updatesIn([{ ...entry, result, endTime: '2026-11-29T05:05:00.000Z' }])[0]?.endedAt).toEqual(endedAt);
  });

  test('may be nothing at all', () => {
    expect(updatesIn(null)).toEqual([]);
    expect(updatesIn([])).toEqual([]);
  });

  test('is refused where it is something else', () => {
    expect(() => updatesIn({ error: 'no' })).toThrow();
  });
});
