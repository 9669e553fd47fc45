import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { lastContact, noteContact } from '../../../../../commands/fleet/last-contact.ts';
import { bytesOf, parsePast } from '../../../../../commands/fleet/report/ask-pi.ts';
import { median } from '../../../../../commands/fleet/report/durations.ts';
import { recordedPis } from '../../../../../commands/fleet/report/recorded.ts';
import {
  describeResourceChanges,
  formatAgo,
  formatSeconds,
  summaryLine,
} from '../../../../../commands/fleet/report/words.ts';
import { hoursAgo, now, pi, system } from './samples.ts';

describe('what a Pi tells of its past', () => {
  const [glibc, htop] = [`/nix/store/${'g'.repeat(32)}-glibc-2.42`, `/nix/store/${'h'.repeat(32)}-htop-3.4.1`];
  const told = (...generations: string[]) => `deployment-now bootId=x
deployment-history 1764400000\tactivated\trun\tswitch\t${system('b')}\t${system('a')}\tstack kitchen, ada@desk
deployment-history nonsense
${generations.join('\n')}
closure:
${glibc}
${htop}
${system('a')}
${system('b')}
sizes:
100
20
3
4
`;
  const first = `generation system-9-link 1764300000 ${system('a')}\n${glibc}\n${system('a')}`;
  const second = `generation system-10-link 1764400000 ${system('b')}\n${glibc}\n${htop}\n${system('b')}`;
  const runs = (name: string) => `generation current-system 1764500000 ${system(name)}\n${glibc}\n${system(name)}`;

  test('are generations with their sizes, and deployments', () => {
    const past = parsePast(told(first, second, runs('b')));
    expect(past?.generations.map(({ number, storePath, closure }) => [number, storePath, bytesOf(closure)])).toEqual([
      [9, system('a'), 103],
      [10, system('b'), 124],
    ]);
    expect(past?.deployments[0]).toEqual({
      ...{ time: 1_764_400_000, outcome: 'activated', storePath: system('b'), previous: system('a') },
      deployer: 'stack kitchen, ada@desk',
    });
  });

  test('has no lines but those that the Pi printed', () => {
    const text = told(first, runs('b')).replace('ada@desk', 'ada\u2028closure:\u2028@desk');
    expect(parsePast(text)?.deployments[0]?.deployer).toBe('stack kitchen, ada closure: @desk');
  });

  test('has what runs without being a generation', () => {
    expect(parsePast(told(first, runs('b')))?.generations.map(({ number }) => number)).toEqual([9, 0]);
  });

  test('is nothing where it is cut off', () => {
    expect(parsePast('generation system-9-link')).toBeUndefined();
    expect(() => parsePast(`closure:\n${glibc}\nsizes:\n`)).toThrow('size');
  });
});

describe('what a state tells', () => {
  const type = (name: string) => `pulumi-nodejs:dynamic/nixos-pi:${name}`;
  const resource = (name: string, kind: string, outputs: object) => ({
    ...{
      urn: `urn:pulumi:shelf::nixos-pi::${type(kind)}::${name}`,
      type: type(kind),
      modified: '2026-11-29T05:04:20.5Z',
      outputs,
    },
  });
  const connection = { host: 'kitchen.local', hostKey: `ssh-ed25519 ${'A'.repeat(68)}` };
  const outputs = (machine: string) => ({
    connection,
    storePath: system('a'),
    generation: 4,
    runningMachineId: machine,
  });

  test('is a Pi for each deployment, with the board of the same machine and what its config keeps secret', () => {
    const resources = [
      resource('one', 'HardwareConfig', { machineId: '1', boardModel: 'Pi 4' }),
      resource('two', 'NixosDeployment', outputs('2')),
      resource('one', 'NixosDeployment', outputs('1')),
      resource('three', 'NixosDeployment', {}),
    ];
    const config = { values: new Map([['host', { secure: 'v1' }]]), hasEnvironment: false, isCertain: true };
    const found = recordedPis('kitchen', JSON.stringify({ deployment: { resources } }), config);
    expect(found.map(({ record, facts }) => [record.name, facts.boardModel, facts.generation])).toEqual([
      ['one', 'Pi 4', 4],
      ['two', '', 4],
    ]);
    expect(found.map(({ record }) => record.hasSecretHost)).toEqual([true, true]);
    expect(found[0]?.facts.changedAt).toEqual(new Date('2026-11-29T05:04:20.5Z'));
  });

  test('is nothing of a new stack', () => {
    expect(recordedPis('kitchen', '{"deployment":{}}', undefined)).toEqual([]);
    expect(recordedPis('kitchen', '{"deployment":null}', undefined)).toEqual([]);
  });
});

describe('numbers in words', () => {
  test('of a fleet', () => {
    const all = [pi('current'), pi('current'), pi('offline'), pi('pending'), pi('drifted'), pi('new')];
    expect(summaryLine(all)).toBe('6 Pis: 2 current, 1 pending, 1 drifted, 1 not answering, 1 not deployed yet');
    expect(summaryLine([pi('current')])).toBe('1 Pi: 1 current');
  });

  test.each([
    [0, '0 s'],
    [59.6, '1 min'],
    [125, '2 min 5 s'],
    [3600, '1 h'],
    [7830, '2 h 10 min'],
  ])('of %d seconds', (seconds, words) => {
    expect(formatSeconds(seconds)).toBe(words);
  });

  test.each([
    [0, 'now'],
    [-1, 'now'],
    [0.5, '30 minutes ago'],
    [1, '1 hour ago'],
    [47, '1 day ago'],
    [72, '3 days ago'],
  ])('of %d hours before', (hours, words) => {
    expect(formatAgo(hoursAgo(hours), now)).toBe(words);
  });

  test('of resources', () => {
    expect(describeResourceChanges({ same: 4, update: 2, create: 1, delete: 0 })).toBe('2 updated, 1 created');
    expect(describeResourceChanges({ same: 4 })).toBe('');
  });

  test('of the middle', () => {
    expect([median([5]), median([1, 9]), median([30, 1, 2])]).toEqual([5, 5, 2]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1e6 }), { minLength: 1 }), (numbers) => {
        const middle = median(numbers);
        const half = numbers.length / 2;
        expect(numbers.filter((each) => each <= middle).length).toBeGreaterThanOrEqual(half);
        expect(numbers.filter((each) => each >= middle).length).toBeGreaterThanOrEqual(half);
      }),
    );
  });
});

describe('when a Pi answered last', () => {
  const address = { host: 'kitchen.local', hostKey: 'ssh-ed25519 AAAA' };
  const before = process.env['XDG_STATE_HOME'];
  let home: string;

  beforeEach(async () => {
    home = await mkdtemp(path.join(tmpdir(), 'contacts-'));
    process.env['XDG_STATE_HOME'] = home;
  });
  afterEach(async () => {
    if (before === undefined) delete process.env['XDG_STATE_HOME'];
    else process.env['XDG_STATE_HOME'] = before;
    await rm(home, { recursive: true });
  });

  test('is kept for each address and key', async () => {
    await noteContact(address, hoursAgo(3));
    await noteContact(address, hoursAgo(2));
    await noteContact({ ...address, port: 2222 }, hoursAgo(1));
    expect(await lastContact(address)).toEqual(hoursAgo(2));
    expect(await lastContact({ ...address, port: 22 })).toEqual(hoursAgo(2));
    expect(await lastContact({ ...address, hostKey: 'ssh-ed25519 BBBB' })).toBeUndefined();
    expect(await readdir(path.join(home, 'pulumi-nixos-pi/contacts'))).toHaveLength(2);
  });

  test('is not known where it cannot be kept, and nothing fails', async () => {
    await writeFile(path.join(home, 'pulumi-nixos-pi'), '');
    await noteContact(address);
    expect(await lastContact(address)).toBeUndefined();
  });
});
