import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { buildPlanned } from '../../../provider/nix/build.ts';
import { closureDelta, type ClosureDelta, type KnownSystem } from '../../../provider/nix/closure-delta.ts';
import { copyWhatFits } from '../../../provider/nix/copy-what-fits.ts';
import { deliverSystem } from '../../../provider/nix/deliver.ts';
import { evaluateSystem } from '../../../provider/nix/evaluate.ts';
import { type LocalSystem, localSystem, systemBefore } from '../../../provider/nix/local-system.ts';
import { SshSession } from '../../../provider/ssh/session.ts';
import { recordedContext } from '../../unit/handlers/recorded-context.ts';
import { NixMachine } from './nix-machine.ts';

jest.setTimeout(120_000);

let nix: NixMachine;
let session: SshSession;
let former: LocalSystem;
let wanted: LocalSystem;
let known: KnownSystem;
let own: readonly string[];

// A part that both systems need, two of each one's own, one of them a link that leads nowhere.
const text = (version: string) => `let
  part = name: script: derivation {
    inherit name; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" script ];
  };
  parts = [
    (part "shared" "echo shared > $out")
    (part "own-${version}" "echo own > $out")
    (part "link-${version}" "/usr/bin/ln -s nowhere $out")
  ];
in { script = "/usr/bin/mkdir $out; echo \${toString parts} ${version} > $out/parts"; }`;

async function built(version: string): Promise<LocalSystem> {
  const configuration = nix.configuration(version, text(version));
  const { storePath } = await evaluateSystem(configuration, () => undefined);
  const gcRoot = join(nix.machine.shared, 'gcroots', version);
  await buildPlanned(recordedContext(), { configuration, output: { kind: 'toplevel' }, storePath, gcRoot });
  return localSystem(storePath);
}

const pi = (...argv: string[]) => nix.pi.machine.run(...argv);
const options = { compress: false, substituteOnTarget: false, copyTimeoutSeconds: 60, connectTimeoutSeconds: 10 };

async function copy(path: string): Promise<void> {
  const { closure } = await localSystem(path);
  await copyWhatFits(recordedContext(), session, { sudoPassword: undefined }, { path, closure }, options);
}

beforeAll(async () => {
  nix = await NixMachine.start();
  former = await built('former');
  wanted = await built('wanted');
  known = { path: former.path, closure: former.closure };
  const shared = new Set(former.closure.map(({ path }) => path));
  own = wanted.closure.map(({ path }) => path).filter((path) => !shared.has(path));
  session = new SshSession(recordedContext(), nix.pi.target('free'), 10);
  await pi(
    'sh',
    '-c',
    'printf \'#!/bin/sh\\necho "$1" >> /tmp/asked\\nexec /usr/bin/nix-store "$@"\\n\' > /usr/local/bin/nix-store',
  );
  await pi('chmod', '755', '/usr/local/bin/nix-store');
}, 300_000);
beforeEach(async () => {
  await pi('sh', '-c', 'rm -rf /nix/var/nix/gcroots/pulumi-nixos-pi /run/current-system; nix-collect-garbage');
  await copy(former.path);
  await pi('ln', '-sfn', former.path, '/run/current-system');
});
afterAll(async () => {
  session.dispose();
  await nix.stop();
});

const forgetAsked = () => pi('sh', '-c', ': > /tmp/asked; chmod 666 /tmp/asked');
const askedSince = async () => (await pi('cat', '/tmp/asked')).split('\n').filter(Boolean);

/** What the Pi says when it is told of the former system, and what its Nix was asked. */
async function delta(running: KnownSystem | undefined): Promise<{ said: ClosureDelta; asked: string[] }> {
  await forgetAsked();
  const { closure, bootFiles } = wanted;
  const said = await session.use((connection) => closureDelta(connection, { closure, bootFiles, running }));
  return { said, asked: await askedSince() };
}

const nameOf = (path: string) => path.slice('/nix/store/'.length + 33);
const namesOf = (paths: readonly { path: string }[]) => paths.map(({ path }) => nameOf(path)).sort();
const part = (name: string) => own.find((path) => path.endsWith(name)) ?? '';

describe('what a Pi lacks of a system, told of the one that it runs', () => {
  beforeEach(() => {
    expect(own.map(nameOf).sort()).toEqual(['link-wanted', 'nixos-system-stand-in', 'own-wanted']);
  });

  test.each<[string, () => Promise<unknown>, string[], string[]]>([
    ['has none', () => Promise.resolve(), ['link-wanted', 'nixos-system-stand-in', 'own-wanted'], []],
    ['has all', () => copy(wanted.path), [], ['link-wanted', 'nixos-system-stand-in', 'own-wanted']],
    ['has a part', () => copy(part('own-wanted')), ['link-wanted', 'nixos-system-stand-in'], ['own-wanted']],
    ['has a link', () => copy(part('link-wanted')), ['nixos-system-stand-in', 'own-wanted'], ['link-wanted']],
    [
      'has the file of a part whose copy was cut off',
      () => pi('sh', '-c', `echo half > ${part('own-wanted')}`),
      ['link-wanted', 'nixos-system-stand-in', 'own-wanted'],
      [],
    ],
    [
      'has lost the file of a part, as in a power cut',
      async () => {
        await copy(part('own-wanted'));
        await pi('rm', part('own-wanted'));
      },
      ['link-wanted', 'nixos-system-stand-in'],
      ['own-wanted'],
    ],
  ])('is the same as Nix says of each path where it %s', async (_what, prepare, missing, leftover) => {
    await prepare();
    const { said, asked } = await delta(known);
    expect([namesOf(said.missing), namesOf(said.leftover)]).toEqual([missing, leftover]);
    expect(asked).toEqual(['--check-validity']);
    expect(said).toEqual((await delta(undefined)).said);
  });

  test('is asked of Nix where its first boot has not registered what it has', async () => {
    await pi('touch', '/nix-path-registration');
    const { asked } = await delta(known).finally(() => pi('rm', '/nix-path-registration'));
    expect(asked.sort()).toEqual(['--check-validity', '--query']);
  });

  test('is asked of Nix where it runs another one by now', async () => {
    await copy(wanted.path);
    await pi('ln', '-sfn', wanted.path, '/run/current-system');
    const { said, asked } = await delta(known);
    expect(asked.sort()).toEqual(['--check-validity', '--query']);
    expect([said.missing, said.leftover]).toEqual([[], []]);
  });
});

test('a delivery tells the Pi of the system that was seen there, and mends what is lost of the new one', async () => {
  const prepared = {
    storePath: wanted.path,
    system: 'x86_64-linux',
    gcRoot: join(nix.machine.shared, 'gcroots', 'wanted'),
    origin: { kind: 'built here' as const, local: wanted },
  };
  const seen = { running: former.path, delta: undefined };
  const deliver = async () => {
    const [context, elevation] = [recordedContext(), { sudoPassword: undefined }];
    await deliverSystem(context, session, elevation, prepared, { ...options, buildTimeoutSeconds: 60 }, seen);
    return context.lines.join('\n');
  };
  await forgetAsked();
  await deliver();
  expect(await askedSince()).toEqual(['--check-validity']);
  expect(await pi('nix-store', '--check-validity', wanted.path)).toBe('');
  await pi('rm', part('own-wanted'));
  expect(await deliver()).toContain(
    `has damaged store paths, as after a power cut; they come anew: ${part('own-wanted')}`,
  );
  expect(await pi('nix-store', '--verify-path', ...own)).toBe('');
});

test('what the system before needs is known where this store has it', async () => {
  expect(await systemBefore(former.path)).toEqual({ path: former.path, closure: former.closure });
  const elsewhere = '/nix/store/00000000000000000000000000000000-nixos-system-elsewhere';
  expect(await systemBefore(elsewhere)).toBeUndefined();
});
