import { describe, expect, test } from '@jest/globals';
import type { RunningSystem } from '../../../../provider/activation/running-system.ts';
import { lockHolder, saidByCommand } from '../../../../commands/fleet/engine.ts';
import { isLeft, outcomeRow } from '../../../../commands/fleet/outcome.ts';
import { type PiRecord, piRecords } from '../../../../commands/fleet/pi-record.ts';
import { statusOf, statusRow } from '../../../../commands/fleet/pi-status.ts';
import { describeStep, plainText } from '../../../../commands/fleet/steps.ts';
import { chosen, waves } from '../../../../commands/fleet/waves.ts';

const path = (name: string): string => `/nix/store/${'a'.repeat(32)}-nixos-system-${name}`;
const hostKey = `ssh-ed25519 ${'A'.repeat(68)}`;
const record: PiRecord = {
  connection: { host: 'attic.local', hostKey },
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

  test.each<[string[], string, RegExp]>([
    [stacks, 'garage', /called garage[^]*attic, attic-2, kitchen/],
    [[], '*', /npm run pi -- new/],
  ])('%j without any of %s is an error', (names, pattern, says) => {
    expect(() => chosen(names, pattern)).toThrow(says);
  });
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
  const exported = (outputs: object, type = 'pulumi-nodejs:dynamic/nixos-pi:NixosDeployment') =>
    JSON.stringify({ version: 3, deployment: { resources: [{ type: 'pulumi:pulumi:Stack' }, { type, outputs }] } });
  const outputs = {
    connection: record.connection,
    configuration: 'hosts/attic/configuration.nix',
    storePath: path('one'),
    generation: 7,
    kernel: '6.12.30',
  };

  test('is read from its export', () => {
    expect(piRecords(exported(outputs))).toEqual([
      { ...record, configuration: { configuration: 'hosts/attic/configuration.nix' } },
    ]);
  });

  test.each([
    ['another resource', exported(outputs, 'pulumi-nodejs:dynamic/nixos-pi:SdImage')],
    ['a deployment that was never finished', exported({ connection: record.connection })],
    ['an empty stack', JSON.stringify({ version: 3, deployment: {} })],
  ])('is nothing with %s', (_what, text) => {
    expect(piRecords(text)).toEqual([]);
  });
});

describe('how a Pi stands', () => {
  test.each([
    ['new', undefined, undefined, undefined],
    ['offline', record, path('one'), 'attic.local cannot be reached'],
    ['current', record, path('one'), running(path('one'))],
    ['current', record, undefined, running(path('one'))],
    ['pending', record, path('two'), running(path('one'))],
    ['drifted', record, path('one'), running(path('by-hand'))],
    ['drifted', record, path('by-hand'), running(path('by-hand'))],
  ] as const)('%s', (standing, known, desired, found) => {
    expect(statusOf({ stack: 'attic', record: known, desired, running: found }).standing).toBe(standing);
  });

  test('is a row with what there is to know', () => {
    const status = statusOf({ stack: 'attic', record, desired: undefined, running: running(path('one'), true) });
    expect(statusRow(status)).toEqual([
      'attic',
      'attic.local',
      'current',
      '7',
      'configuration to be evaluated: npm run fleet -- preview; reboot needed',
    ]);
    const offline = statusOf({ stack: 'attic', record, desired: undefined, running: 'It is off.\nSecond line' });
    expect(statusRow(offline)).toEqual(['attic', 'attic.local', 'does not answer', '7', 'It is off.']);
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

  test('of the stack itself is no change', () => {
    expect(describeStep({ op: 'create', urn: 'urn:pulumi:attic::nixos-pi::pulumi:pulumi:Stack::nixos-pi-attic' })).toBe(
      undefined,
    );
  });

  test('has its colours taken away', () => {
    expect(plainText('<{%reset%}>error: <{%fg 1%}>no<{%reset%}>\n')).toBe('error: no');
  });

  test('of a lock names who holds it', () => {
    const message = `code: 255\n stderr: error: the stack is currently locked by 1 lock(s).
  file:///state/locks/x.json: created by ada@desk (pid 4711) at 2026-11-24T00:00:00Z`;
    expect(lockHolder(message)).toBe('created by ada@desk (pid 4711) at 2026-11-24T00:00:00Z');
  });

  test('of its own failure is what it printed, and not how it was called', () => {
    const message =
      'code: -2\n stderr: Command failed: pulumi up\nerror: no such key\n err?: Error\nerror: no such key';
    expect(saidByCommand(message)).toBe('no such key');
    expect(saidByCommand('spawn pulumi ENOENT')).toBe('spawn pulumi ENOENT');
  });
});

test.each([
  ['changed', false],
  ['unchanged', false],
  ['pending', true],
  ['failed', true],
  ['held back', true],
] as const)('%s leaves something to do: %s', (result, left) => {
  const outcome = { stack: 'attic', result, changes: ['update NixosDeployment attic'], seconds: 12.4 };
  expect(isLeft(outcome)).toBe(left);
  expect(outcomeRow(outcome)).toEqual(['attic', result, 'update NixosDeployment attic', '12 s']);
});
