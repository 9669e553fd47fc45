import { describe, expect, test } from '@jest/globals';
import type { EngineRun } from '../../../../commands/fleet/engine.ts';
import { whyHoldBack } from '../../../../commands/fleet/hold-back.ts';
import type { Outcome, Result } from '../../../../commands/fleet/outcome.ts';
import type { PiRecord, StackRecord } from '../../../../commands/fleet/pi-record.ts';
import { projectConfig, stackConfig } from '../../../../commands/fleet/project-config.ts';
import { runFleet } from '../../../../commands/fleet/run.ts';
import type { Told } from '../../../../commands/fleet/told.ts';
import { takeTurn, type Turns } from '../../../../commands/fleet/turn.ts';

const outcome = (stack: string, result: Result): Outcome => ({ stack, result, changes: [], seconds: 0 });

describe('who may begin', () => {
  const [fine, bad, later] = [outcome('a', 'unchanged'), outcome('b', 'failed'), outcome('c', 'pending')];
  const worse = outcome('d', 'failed');
  test.each<[string, Outcome[], number, string | undefined, string | undefined]>([
    ['nothing was done yet', [], 1, undefined, undefined],
    ['all went well', [fine], 1, undefined, undefined],
    ['one failed', [fine, bad], 1, undefined, 'not begun, because of b'],
    ['one of two that may fail failed', [fine, bad], 2, undefined, undefined],
    ['both that may fail failed', [bad, fine, worse], 2, undefined, 'not begun, because of b, d'],
    ['one is pending', [later], 1, undefined, undefined],
    ['the canary is pending', [later], 1, 'c', 'not begun, because of c'],
    ['the canary failed, although more may fail', [bad], 9, 'b', 'not begun, because of b'],
    ['the canary is done', [fine], 1, 'a', undefined],
    ['however many fail', [bad, worse], Number.POSITIVE_INFINITY, undefined, undefined],
    ['however many fail, but the canary did', [bad], Number.POSITIVE_INFINITY, 'b', 'not begun, because of b'],
  ])('%s', (_what, outcomes, stopAfter, canary, expected) => {
    expect(whyHoldBack(outcomes, { stopAfter, canary })).toBe(expected);
  });
});

describe('a run over many stacks', () => {
  const begun: string[] = [];
  let [atOnce, mostAtOnce] = [0, 0];

  async function resultsOf(waves: string[][], world: Record<string, Result>, more: object = {}) {
    begun.length = 0;
    [atOnce, mostAtOnce] = [0, 0];
    const takeTurn = async (stack: string): Promise<Outcome> => {
      begun.push(stack);
      mostAtOnce = Math.max(mostAtOnce, (atOnce += 1));
      await new Promise((resolve) => setTimeout(resolve, 5));
      atOnce -= 1;
      return outcome(stack, world[stack] ?? 'unchanged');
    };
    const { signal } = new AbortController();
    const limits = { parallel: 2, stopAfter: 1, canary: undefined, signal, takeTurn, onEnd: () => undefined };
    const outcomes = await runFleet(waves, { ...limits, ...more });
    return Object.fromEntries(outcomes.map(({ stack, result }) => [stack, result]));
  }

  test('works on some at a time', async () => {
    const stacks = ['a', 'b', 'c', 'd', 'e'];
    expect(await resultsOf([stacks], {})).toEqual(Object.fromEntries(stacks.map((stack) => [stack, 'unchanged'])));
    expect(mostAtOnce).toBe(2);
  });

  test('begins no further one after a failure, and lets end what runs', async () => {
    expect(await resultsOf([['a', 'b', 'c', 'd']], { a: 'failed', b: 'changed' })).toEqual({
      ...{ a: 'failed', b: 'changed' },
      ...{ c: 'held back', d: 'held back' },
    });
    expect(begun).toEqual(['a', 'b']);
  });

  test('goes on after as many failures as may be', async () => {
    const world = { a: 'failed', c: 'failed' } as const;
    const results = await resultsOf([['a', 'b', 'c', 'd', 'e', 'f']], world, { stopAfter: 2 });
    expect(results).toMatchObject({ a: 'failed', b: 'unchanged', c: 'failed', d: 'unchanged', f: 'held back' });
  });

  test('waits for the canary', async () => {
    const held = await resultsOf([['b'], ['a', 'c']], { b: 'failed' }, { canary: 'b' });
    expect([held, begun]).toEqual([{ a: 'held back', b: 'failed', c: 'held back' }, ['b']]);
    await resultsOf([['b'], ['a', 'c']], {}, { canary: 'b' });
    expect(begun[0]).toBe('b');
  });

  test('begins nothing after Ctrl-C', async () => {
    expect(await resultsOf([['a', 'b']], {}, { signal: AbortSignal.abort() })).toEqual({
      a: 'held back',
      b: 'held back',
    });
    expect(begun).toEqual([]);
  });
});

describe('the turn of one stack', () => {
  const pi = (name: string): PiRecord => ({
    urn: `urn:pulumi:shelf::nixos-pi::x:NixosDeployment::${name}`,
    name,
    connection: { host: `${name}.local`, hostKey: '' },
    hasSecretHost: false,
    configuration: {},
    storePath: '',
    generation: 1,
  });
  const shelf = (...names: string[]): StackRecord => ({
    stack: 'shelf',
    config: undefined,
    pis: names.map(pi),
    images: [],
  });
  const project = projectConfig('.', {
    name: 'nixos-pi',
    config: { host: { type: 'string', default: '' }, port: { type: 'integer', default: 0 } },
  });
  const configured = (config: Readonly<Record<string, unknown>>): StackRecord => ({
    ...shelf('east'),
    config: stackConfig(project, { config }),
  });
  const wantsCard: EngineRun = {
    changes: [],
    failure: { kind: 'wants a card', reason: 'The card … this run writes none (NIXOS_PI_FLASH=never; …).' },
  };

  interface World {
    readonly offline?: readonly string[];
    readonly run?: EngineRun | Error;
  }

  async function turnOf(record: StackRecord, { offline = [], run }: World, more: Partial<Turns> = {}) {
    const asked: { operation: string; exclude: readonly string[] }[] = [];
    const turns: Turns = {
      operation: 'up',
      flash: true,
      contacts: { whyOffline: ({ name }) => Promise.resolve(offline.includes(name) ? `${name} is off.` : undefined) },
      engine: {
        run: (operation, _stack, { exclude }) => {
          asked.push({ operation, exclude });
          if (run instanceof Error) return Promise.reject(run);
          return Promise.resolve(run ?? { changes: [], failure: undefined });
        },
      },
      ...more,
    };
    const told: Told[] = [];
    const ended = await takeTurn(record, turns, (what) => told.push(what));
    return { ended, asked };
  }

  const changed: EngineRun = { changes: ['update NixosDeployment east'], failure: undefined };

  test.each<[string, StackRecord, World, Partial<Outcome>, number]>([
    ['changes something', shelf('east'), { run: changed }, { result: 'changed', changes: changed.changes }, 1],
    ['changes nothing', shelf('east'), {}, { result: 'unchanged' }, 1],
    [
      'does not begin with an offline Pi',
      shelf('east'),
      { offline: ['east'] },
      { result: 'pending', reason: 'east is off.' },
      0,
    ],
    [
      'fails',
      shelf('east'),
      { run: { changes: [], failure: { kind: 'failed', reason: 'it went back' } } },
      { result: 'failed', reason: 'it went back' },
      1,
    ],
    [
      'is locked',
      shelf('east'),
      { run: { changes: [], failure: { kind: 'locked', reason: 'ada' } } },
      { result: 'pending', reason: 'ada' },
      1,
    ],
    ['breaks', shelf('east'), { run: new Error('no CLI') }, { result: 'failed', reason: 'no CLI' }, 1],
  ])('%s', async (_what, record, world, expected, runs) => {
    const { ended, asked } = await turnOf(record, world);
    expect(ended).toMatchObject({ stack: 'shelf', ...expected });
    expect(asked).toHaveLength(runs);
  });

  test.each<[string, Readonly<Record<string, unknown>>, Outcome['result']]>([
    ['another host', { 'nixos-pi:host': 'new.local' }, 'unchanged'],
    ['another host, in an old spelling', { 'nixos-pi:config:host': 'new.local' }, 'unchanged'],
    ['another port', { 'nixos-pi:port': 2222 }, 'unchanged'],
    ['another port, as a text', { 'nixos-pi:port': '2222' }, 'unchanged'],
    ['the same', { 'nixos-pi:host': 'east.local', 'nixos-pi:port': 22 }, 'pending'],
    ['nothing of it', {}, 'pending'],
    ['empty texts', { 'nixos-pi:host': '', 'nixos-pi:port': 0 }, 'pending'],
    ['a secret', { 'nixos-pi:host': { secure: 'v1:x' } }, 'pending'],
    ["something of another's", { 'aws:host': 'elsewhere.local' }, 'pending'],
  ])('looks for an offline Pi elsewhere when its config leads there by now: %s', async (_what, config, result) => {
    const { ended, asked } = await turnOf(configured(config), { offline: ['east'] });
    expect([ended.result, asked.length]).toEqual([result, result === 'pending' ? 0 : 1]);
  });

  test('leaves out one of several that does not answer, wherever its config leads', async () => {
    const record = { ...configured({ host: 'new.local' }), pis: [pi('east'), pi('west')] };
    expect((await turnOf(record, { offline: ['west'] })).asked).toEqual([
      { operation: 'up', exclude: [pi('west').urn] },
    ]);
  });

  test('goes on with the others of the stack when one does not answer, and leaves that one out', async () => {
    const { ended, asked } = await turnOf(shelf('east', 'west'), { offline: ['west'], run: changed });
    expect(ended).toMatchObject({ result: 'pending', changes: changed.changes, reason: 'west: west is off.' });
    expect(asked).toEqual([{ operation: 'up', exclude: [pi('west').urn] }]);
  });

  test('asks for a preview only where a new stack may want a card that is not to be written', async () => {
    const { ended, asked } = await turnOf(shelf(), { run: wantsCard }, { flash: false });
    expect([ended.result, asked.map(({ operation }) => operation)]).toEqual(['pending', ['preview']]);
    const later = await turnOf(shelf('east'), { run: wantsCard }, { flash: false });
    expect([later.ended.result, later.asked.map(({ operation }) => operation)]).toEqual(['pending', ['up']]);
  });

  test('looks at no Pi for a preview', async () => {
    const { asked } = await turnOf(shelf('east'), { offline: ['east'] }, { operation: 'preview' });
    expect(asked).toEqual([{ operation: 'preview', exclude: [] }]);
  });
});
