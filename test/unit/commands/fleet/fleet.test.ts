import { describe, expect, test } from '@jest/globals';
import type { RunningSystem } from '../../../../provider/activation/running-system.ts';
import { saidByCommand, wantsCard } from '../../../../commands/fleet/engine.ts';
import { lockedReason, lockIn, waitsFor } from '../../../../commands/fleet/lock.ts';
import { exitCode, isLeft, outcomeRow } from '../../../../commands/fleet/outcome.ts';
import { isSealed, type PiRecord, stackRecord } from '../../../../commands/fleet/pi-record.ts';
import type { StackConfig } from '../../../../commands/fleet/project-config.ts';
import { statusOf, statusRows } from '../../../../commands/fleet/pi-status.ts';
import { describeStep, plainText } from '../../../../commands/fleet/steps.ts';
import { chosen, waves } from '../../../../commands/fleet/waves.ts';

const path = (name: string): string => `/nix/store/${'a'.repeat(32)}-nixos-system-${name}`;
const hostKey = `ssh-ed25519 ${'A'.repeat(68)}`;
const record: PiRecord = {
  urn: 'urn:pulumi:attic::nixos-pi::pulumi-nodejs:dynamic/nixos-pi:NixosDeployment::attic',
  name: 'attic',
  connection: { host: 'attic.local', hostKey },
  hasSecretHost: false,
  configuration: { configuration: 'hosts/attic/configuration.nix' },
  storePath: path('one'),
  generation: 7,
};
const running = (currentSystem: string, rebootNeeded = false): RunningSystem =>
  ({ currentSystem, generation: 7, rebootNeeded }) as RunningSystem;

describe('which stacks', () => {
  const stacks = ['attic', 'attic-2', 'kitchen'];
  test.each<[string | undefined, string[]]>([
    [undefined, stacks],
    ['attic*', ['attic', 'attic-2']],
    ['attic', ['attic']],
    ['{kitchen,attic}', ['attic', 'kitchen']],
  ])('%s means %j', (pattern, expected) => {
    expect(chosen(stacks, pattern)).toEqual(expected);
  });

  test.each<[string | undefined, string[]]>([
    [undefined, ['attic', 'home/attic-2', 'work/attic-3', '.tent']],
    ['attic-*', ['home/attic-2', 'work/attic-3']],
    ['home/*', ['home/attic-2']],
  ])('of organizations %s means %j', (pattern, expected) => {
    expect(chosen(['attic', 'home/attic-2', 'work/attic-3', '.tent'], pattern)).toEqual(expected);
  });

  test.each<[string[], string, RegExp]>([
    [stacks, 'garage', /called garage[^]*attic, attic-2, kitchen/],
    [[], '*', /npm run pi -- new/],
  ])('%j without any of %s is an error', (names, pattern, says) => {
    expect(() => chosen(names, pattern)).toThrow(says);
  });
});

test('a stack wants a card only by the word of what would write it, and when nothing else failed', () => {
  const said = (kind: string, text: string) => ({
    urn: `urn:pulumi:a::p::x$pulumi-nodejs:dynamic/nixos-pi:${kind}::a`,
    text,
  });
  const wish = said('FlashedCard', 'this run writes none (NIXOS_PI_FLASH=never; …)');
  const failed = { urn: 'urn:pulumi:a::p::pulumi:pulumi:Stack::p-a', text: 'update failed' };
  const quoted = said('NixosDeployment', 'the health check said: NIXOS_PI_FLASH=never');
  expect([[wish], [wish, failed], [quoted], [quoted, wish], [failed], []].map((errors) => wantsCard(errors))).toEqual([
    ...[true, true, false, false, false, false],
  ]);
});

describe('waves', () => {
  test.each<[string[], string | undefined, string[][]]>([
    [['a', 'b'], undefined, [['a', 'b']]],
    [['a', 'b', 'c'], 'b', [['b'], ['a', 'c']]],
    [['a'], 'a', [['a']]],
  ])('%j with canary %s', (stacks, canary, expected) => {
    expect(waves(stacks, canary)).toEqual(expected);
  });

  test('an unknown canary is an error', () => {
    expect(() => waves(['a', 'b'], 'c')).toThrow('The canary c is none of');
  });
});

describe('what a stack records', () => {
  const type = (kind: string) => `pulumi-nodejs:dynamic/nixos-pi:${kind}`;
  const resource = (kind: string, outputs: object, name = 'attic') => ({
    type: type(kind),
    urn: `urn:pulumi:attic::nixos-pi::${type(kind)}::${name}`,
    outputs,
  });
  const exported = (...resources: object[]) =>
    JSON.stringify({ version: 3, deployment: { resources: [{ type: 'pulumi:pulumi:Stack' }, ...resources] } });
  const outputs = {
    connection: record.connection,
    configuration: 'hosts/attic/configuration.nix',
    storePath: path('one'),
    generation: 7,
    kernel: '6.12.30',
  };
  const secret = (value: object) => ({
    '4dabf18193072939515e22adb298388d': '1b47061264138c4ac30d75fd1eb44270',
    ...value,
  });

  test('is read from its export', () => {
    const text = exported(
      resource('NixosDeployment', outputs),
      resource('SdImage', { configuration: 'hosts/attic/sd-card.nix', variant: 'sd-card', sha256: '' }),
    );
    expect(stackRecord('attic', text, undefined)).toEqual({
      stack: 'attic',
      pis: [record],
      images: [{ configuration: { configuration: 'hosts/attic/sd-card.nix' }, variant: 'sd-card' }],
    });
  });

  test('is several Pis where its program has several', () => {
    const text = exported(resource('NixosDeployment', outputs, 'west'), resource('NixosDeployment', outputs, 'east'));
    expect(stackRecord('attic', text, undefined).pis.map(({ name }) => name)).toEqual(['east', 'west']);
  });

  test('takes a passphrase only where its connection is a secret', () => {
    expect(
      isSealed(exported(resource('NixosDeployment', { ...outputs, sudoPassword: secret({ ciphertext: 'v1' }) }))),
    ).toBe(false);
    const sealed = exported(resource('NixosDeployment', { ...outputs, connection: secret({ ciphertext: 'v1' }) }));
    expect([isSealed(sealed), stackRecord('attic', sealed, undefined).pis]).toEqual([true, []]);
  });

  const secretInConfig = { values: new Map([['host', { secure: 'v1' }]]), hasEnvironment: false, isCertain: true };

  test.each<[string, object, boolean, StackConfig | undefined]>([
    ['its connection is a secret', secret({ plaintext: JSON.stringify(record.connection) }), true, undefined],
    ['its host is a secret', { ...record.connection, host: secret({ plaintext: '"attic.local"' }) }, true, undefined],
    ['its login is a secret', { ...record.connection, user: secret({ plaintext: '"pi"' }) }, false, undefined],
    ['its host is a secret in the config', record.connection, true, secretInConfig],
  ])('says whether the host may be printed: %s', (_what, connection, hasSecretHost, said) => {
    const text = exported(resource('NixosDeployment', { ...outputs, connection }));
    const [found] = stackRecord('attic', text, said).pis;
    expect(found).toMatchObject({ connection: record.connection, hasSecretHost });
  });

  test.each([
    ['an image that is a file', exported(resource('SdImage', { imageFile: 'nixos.img', variant: 'sd-card' }))],
    ['a deployment that was never finished', exported(resource('NixosDeployment', { connection: record.connection }))],
    ['an empty stack', JSON.stringify({ version: 3, deployment: {} })],
  ])('is nothing with %s', (_what, text) => {
    expect(stackRecord('attic', text, undefined)).toEqual({ stack: 'attic', pis: [], images: [] });
  });
});

describe('how a Pi stands', () => {
  test.each([
    ['new', undefined, undefined, undefined],
    ['offline', record, path('one'), { kind: 'offline', reason: 'attic.local cannot be reached' }],
    ['refused', record, path('one'), { kind: 'refused', reason: 'attic.local is another machine' }],
    ['current', record, path('one'), running(path('one'))],
    ['current', record, undefined, running(path('one'))],
    ['pending', record, path('two'), running(path('one'))],
    ['drifted', record, path('one'), running(path('by-hand'))],
    ['drifted', record, path('by-hand'), running(path('by-hand'))],
  ] as const)('%s', (standing, known, desired, found) => {
    const findings = { stack: 'attic', desired, ...(known && { record: known }), ...(found && { running: found }) };
    expect(statusOf(findings).standing).toBe(standing);
  });

  test('is not known where its stack cannot be read', () => {
    expect(statusOf({ stack: 'attic', unread: 'no backend' })).toMatchObject({
      standing: 'unread',
      reason: 'no backend',
    });
  });

  test('is a row with what there is to know', () => {
    const status = statusOf({ stack: 'attic', record, desired: undefined, running: running(path('one'), true) });
    expect(statusRows([status])[0]).toEqual([
      'attic',
      'attic.local',
      'current',
      '7',
      'not certain whether it is pending: npm run fleet -- preview; reboot needed',
    ]);
    const offline = statusOf({
      stack: 'attic',
      record,
      desired: undefined,
      running: { kind: 'offline', reason: 'It is off.\nSecond line' },
    });
    expect(statusRows([offline])).toEqual([['attic', 'attic.local', 'not answering', '7', 'It is off.']]);
  });

  test('says in JSON whether it is certain what it is to run', () => {
    const inJson = (desired?: string) =>
      JSON.parse(
        JSON.stringify(statusOf({ stack: 'attic', record, desired, running: running(path('one')) })),
      ) as object;
    expect(inJson(path('one'))).toMatchObject({ standing: 'current', desired: path('one'), certain: true });
    expect(inJson()).toMatchObject({ standing: 'current', certain: false });
    expect(inJson()).not.toHaveProperty('desired');
  });

  test('says no host that is a secret', () => {
    const hidden = { ...record, hasSecretHost: true };
    expect(statusOf({ stack: 'attic', record: hidden, desired: undefined, running: running(path('one')) }).host).toBe(
      '[secret]',
    );
  });

  test('is called as its stack is, unless that has several', () => {
    const pi = (stack: string, name: string) =>
      statusOf({ stack, record: { ...record, name }, desired: undefined, running: running(path('one')) });
    const rows = statusRows([pi('renamed', 'attic'), pi('shelf', 'east'), pi('shelf', 'west')]);
    expect(rows.map(([called]) => called)).toEqual(['renamed', 'shelf/east', 'shelf/west']);
  });
});

describe('what the engine says', () => {
  const urn = (kind: string) =>
    `urn:pulumi:attic::nixos-pi::nixos-pi:index:RaspberryPi$pulumi-nodejs:dynamic/nixos-pi:${kind}::attic`;

  test.each([
    ['same', 'NixosDeployment', undefined],
    ['update', 'NixosDeployment', `update NixosDeployment attic to ${path('two')}`],
    ['create', 'FlashedCard', 'create FlashedCard attic'],
    ['create-replacement', 'FlashedCard', undefined],
  ])('of a step %s of %s', (op, kind, expected) => {
    expect(describeStep({ op, urn: urn(kind), new: { inputs: { storePath: path('two') } } })).toBe(expected);
  });

  test('of a step to a system that is not known yet names none', () => {
    const unknown = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';
    const step = { op: 'create', urn: urn('NixosDeployment'), new: { inputs: { storePath: unknown } } };
    expect(describeStep(step)).toBe('create NixosDeployment attic');
  });

  test('of the stack itself is no change', () => {
    expect(describeStep({ op: 'create', urn: 'urn:pulumi:attic::nixos-pi::pulumi:pulumi:Stack::nixos-pi-attic' })).toBe(
      undefined,
    );
  });

  test('has its colours taken away', () => {
    expect(plainText('<{%reset%}>error: <{%fg 1%}>no<{%reset%}>\n')).toBe('error: no');
  });

  test('of its own failure is what it printed, and not how it was called', () => {
    const message =
      'code: -2\n stderr: Command failed: pulumi up\nerror: no such key\n err?: Error\nerror: no such key';
    expect(saidByCommand(message)).toBe('no such key');
    expect(saidByCommand('spawn pulumi ENOENT')).toBe('spawn pulumi ENOENT');
  });
});

describe('a lock', () => {
  const said = (
    url: string,
  ) => `error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.
  ${url}/.pulumi/locks/organization/nixos-pi/attic/7f.json: created by ada@desk (pid 4711) at 2026-11-24T00:00:00Z`;

  test.each([
    ['in files', said('file:///home/ada/state'), 'ada@desk (pid 4711) since 2026-11-24T00:00:00Z'],
    ['in Postgres', said('postgres://****:****@db/pulumi'), 'ada@desk (pid 4711) since 2026-11-24T00:00:00Z'],
    ['in Pulumi Cloud', '[409] Conflict: Another update is currently in progress.', undefined],
    [
      'that was released just now',
      'error: blob (key ".pulumi/locks/organization/x/y/7f.json") (code=NotFound): no such file',
      undefined,
    ],
  ])('%s names its holder', (_where, printed, holder) => {
    expect(lockIn(printed)).toEqual({ holder });
  });

  test('is not seen in another failure', () => {
    expect(lockIn('error: no stack named attic found')).toBeUndefined();
  });

  test('of several names them all', () => {
    const two = `${said('file:///x')}\n  file:///x/8a.json: created by bob@lap (pid 5) at 2026-11-24T00:01:00Z`;
    expect(waitsFor(lockIn(two) ?? { holder: undefined })).toMatch(/^ada@desk .* and bob@lap \(pid 5\) .* works on/);
  });

  test('that is held for too long is told with what to do', () => {
    expect(lockedReason('attic', { holder: 'ada@desk (pid 1) since now' })).toMatch(
      /ada@desk[^]*pulumi cancel --stack attic/,
    );
  });
});

test.each([
  ['changed', false],
  ['unchanged', false],
  ['pending', true],
  ['failed', true],
  ['interrupted', true],
  ['held back', true],
] as const)('%s leaves something to do: %s', (result, left) => {
  const outcome = { stack: 'attic', result, changes: ['update NixosDeployment attic'], reason: 'no\n', seconds: 12.4 };
  expect(isLeft(outcome)).toBe(left);
  expect(outcomeRow(outcome)).toEqual(['attic', result, '12 s', 'update NixosDeployment attic\nno']);
  expect(exitCode([outcome], false)).toBe(left ? 1 : 0);
  expect(exitCode([outcome], true)).toBe(130);
});

test('a change is an exit code where none was expected', () => {
  const outcome = { stack: 'attic', changes: [], seconds: 1 };
  expect(exitCode([{ ...outcome, result: 'changed' }], false, true)).toBe(1);
  expect(exitCode([{ ...outcome, result: 'unchanged' }], false, true)).toBe(0);
});
