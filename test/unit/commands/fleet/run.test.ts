import { describe, expect, jest, test } from '@jest/globals';
import type { EngineRun } from '../../../../commands/fleet/engine.ts';

// The engine and the Pis: what is tested is who begins when.
let runs: Readonly<Record<string, EngineRun | Error>> = {};
const begun: string[] = [];
let mostAtOnce = 0;
let atOnce = 0;
jest.unstable_mockModule('../../../../commands/fleet/engine.ts', () => ({
  exportedState: () => Promise.resolve('{"deployment":{}}'),
  runEngine: async (_operation: string, stack: string) => {
    begun.push(stack);
    mostAtOnce = Math.max(mostAtOnce, (atOnce += 1));
    await new Promise((resolve) => setTimeout(resolve, 5));
    atOnce -= 1;
    const found = runs[stack] ?? { changes: [], failure: undefined };
    if (found instanceof Error) throw found;
    return found;
  },
}));
const { runFleet } = await import('../../../../commands/fleet/run.ts');

const failed: EngineRun = { changes: [], failure: 'it went back' };

async function resultsOf(waves: string[][], world: typeof runs, more: object = {}): Promise<Record<string, string>> {
  runs = world;
  begun.length = 0;
  mostAtOnce = 0;
  const options = { project: '.', parallel: 2, keepGoing: false, flash: true, message: '', tell: () => undefined };
  const outcomes = await runFleet('up', waves, { ...options, ...more });
  return Object.fromEntries(outcomes.map(({ stack, result }) => [stack, result]));
}

describe('a run over many stacks', () => {
  test('works on some at a time', async () => {
    const stacks = ['a', 'b', 'c', 'd', 'e'];
    expect(await resultsOf([stacks], {})).toEqual(Object.fromEntries(stacks.map((stack) => [stack, 'unchanged'])));
    expect(mostAtOnce).toBe(2);
  });

  test('tells what changed from what did not, and what failed', async () => {
    const changed = { changes: ['update NixosDeployment a'], failure: undefined };
    expect(await resultsOf([['a', 'b', 'c']], { a: changed, c: new Error('no CLI') })).toEqual({
      a: 'changed',
      b: 'unchanged',
      c: 'failed',
    });
  });

  test('begins no further one after a failure', async () => {
    expect(await resultsOf([['a', 'b', 'c', 'd']], { a: failed })).toEqual({
      a: 'failed',
      b: 'unchanged',
      c: 'held back',
      d: 'held back',
    });
    expect(begun).toEqual(['a', 'b']);
  });

  test('goes on after a failure where that is wanted', async () => {
    expect(await resultsOf([['a'], ['b', 'c']], { a: failed }, { keepGoing: true })).toEqual({
      a: 'failed',
      b: 'unchanged',
      c: 'unchanged',
    });
  });

  test('waits for the canary', async () => {
    expect(await resultsOf([['b'], ['a', 'c']], { b: failed })).toEqual({
      a: 'held back',
      b: 'failed',
      c: 'held back',
    });
    expect(begun).toEqual(['b']);
    await resultsOf([['b'], ['a', 'c']], {});
    expect(begun[0]).toBe('b');
  });

  test('counts a card that is wanted, and not to be written, as pending', async () => {
    const wantsCard = { changes: [], failure: 'The card … this run writes none (NIXOS_PI_FLASH=never; …).' };
    expect(await resultsOf([['a', 'b']], { a: wantsCard }, { flash: false })).toEqual({ a: 'pending', b: 'unchanged' });
  });
});
