import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { buildPlanned } from '../../../provider/nix/build.ts';
import { copyWhatFits } from '../../../provider/nix/copy-what-fits.ts';
import { deliverSystem, type Seen } from '../../../provider/nix/deliver.ts';
import { evaluateSystem } from '../../../provider/nix/evaluate.ts';
import { expectedDelta } from '../../../provider/nix/expected-delta.ts';
import { type LocalSystem, localSystem, systemBefore } from '../../../provider/nix/local-system.ts';
import { SshSession } from '../../../provider/ssh/session.ts';
import { Wire } from '../ssh/wire.ts';
import { recordedContext } from '../../unit/handlers/recorded-context.ts';
import { NixMachine } from './nix-machine.ts';

jest.setTimeout(120_000);

let nix: NixMachine;
let session: SshSession;
let former: LocalSystem;
let wanted: LocalSystem;
let own: readonly string[];
let seen: Seen;

// A part that both systems need, and three of each one's own: one of them is a link that leads nowhere, one needs another.
const text = (version: string) => `let
  part = name: script: derivation {
    inherit name; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" script ];
  };
  own = part "own-${version}" "echo own > $out";
  parts = [
    (part "shared" "echo shared > $out")
    own
    (part "link-${version}" "/usr/bin/ln -s nowhere $out")
    (part "reader-${version}" "echo \${own} > $out; /usr/bin/head -c 5000000 /dev/urandom >> $out")
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
  own = expectedDelta(wanted, former, undefined).missing.map(({ path }) => path);
  session = new SshSession(recordedContext(), nix.pi.target('free'), 10);
  // It notes what it is asked, and calls missing also what /var/lies names.
  await pi(
    'sh',
    '-c',
    'printf \'#!/bin/sh\\necho "$1" >> /var/asked\\n[ "$1" != --check-validity ] || cat /var/lies\\nexec /usr/bin/nix-store "$@"\\n\' > /usr/local/bin/nix-store',
  );
  await pi('chmod', '755', '/usr/local/bin/nix-store');
}, 300_000);
beforeEach(async () => {
  await pi(
    'sh',
    '-c',
    ': > /var/lies; rm -rf /nix/var/nix/gcroots/pulumi-nixos-pi /run/current-system; nix-collect-garbage',
  );
  await copy(former.path);
  await pi('ln', '-sfn', former.path, '/run/current-system');
  seen = { currentSystem: former.path, firstBootFinished: true, free: undefined, at: performance.now() };
});
afterAll(async () => {
  session.dispose();
  await nix.stop();
});

const nameOf = (path: string) => path.slice('/nix/store/'.length + 33);
const part = (name: string) => own.find((path) => path.endsWith(name)) ?? '';

test('what a Pi is expected to lack is what the system that it runs does not need', () => {
  const { missing, leftover, bytes, free } = expectedDelta(wanted, former, undefined);
  expect(missing.map(({ path }) => nameOf(path)).sort()).toEqual([
    'link-wanted',
    'nixos-system-stand-in',
    'own-wanted',
    'reader-wanted',
  ]);
  expect([leftover, free]).toEqual([[], undefined]);
  expect(bytes).toBe(missing.reduce((sum, { narSize }) => sum + narSize, 0));
});

interface Delivered {
  /** What the Pi's Nix was asked, besides taking paths. */
  readonly asked: readonly string[];
  readonly said: string;
}

async function deliver(what: Seen | undefined, through = session, substituteOnTarget = false): Promise<Delivered> {
  await pi('sh', '-c', ': > /var/asked; chmod 666 /var/asked');
  const [context, elevation] = [recordedContext(), { sudoPassword: undefined }];
  const gcRoot = join(nix.machine.shared, 'gcroots', 'wanted');
  const origin = { kind: 'built here' as const, local: wanted };
  const prepared = { storePath: wanted.path, system: 'x86_64-linux', gcRoot, origin };
  await deliverSystem(
    context,
    through,
    elevation,
    prepared,
    { ...options, substituteOnTarget, buildTimeoutSeconds: 60 },
    what,
  );
  const asked = (await pi('cat', '/var/asked')).split('\n').filter(Boolean);
  // Whatever was there before: now all is there, and whole.
  expect(await pi('nix-store', '--verify-path', ...own)).toBe('');
  return { asked: [...new Set(asked)].sort(), said: context.lines.join('\n') };
}

/** Delivers; in the middle of a copy of `reader-wanted` the connection is cut, and the Pi loses something that it had. */
async function deliverWithLoss(loss: {
  /** In which copy of it: there is a second one after it was deleted together with a damaged path that it needs. */
  copy: number;
  /** The command that takes something from the Pi. */
  damage: string;
  substituteOnTarget: boolean;
}): Promise<Delivered> {
  const wire = await Wire.to(nix.pi.port, 0, 0);
  const through = new SshSession(recordedContext(), nix.pi.target('free', { port: wire.port }), 10);
  let [copies, isThere] = [0, false];
  const losing = setInterval(() => {
    if (copies === loss.copy || nix.pi.machine.exists(part('reader-wanted')) === isThere) return;
    isThere = !isThere;
    if (isThere) copies += 1;
    if (copies === loss.copy) wire.cut();
  }, 1);
  try {
    const delivery = deliver(seen, through, loss.substituteOnTarget);
    while (copies < loss.copy) await new Promise((resolve) => setTimeout(resolve, 1));
    await pi('sh', '-c', loss.damage);
    return await delivery;
  } finally {
    clearInterval(losing);
    through.dispose();
    await wire.close();
  }
}

const looking = ['--check-validity', '--query'];
const lookingClosely = ['--check-validity', '--query', '--verify-path'];
const lookingCloselyAndRooting = ['--check-validity', '--query', '--realise', '--verify-path'];
const mended = (name: string) => `has damaged store paths, as after a power cut; they come anew: ${part(name)}.`;

describe('a delivery to a Pi that was seen a moment ago', () => {
  test.each<[string, () => Promise<unknown>, string[]]>([
    ['has none of it', () => Promise.resolve(), []],
    ['has the file of a part whose copy was cut off', () => pi('sh', '-c', `echo half > ${part('own-wanted')}`), []],
    ['has all', () => copy(wanted.path), lookingCloselyAndRooting],
    ['has a part', () => copy(part('own-wanted')), lookingClosely],
    ['has a link', () => copy(part('link-wanted')), lookingClosely],
  ])('asks it only where it has something of it: it %s', async (_what, prepare, asked) => {
    await prepare();
    const delivered = await deliver(seen);
    expect(delivered.asked).toEqual(asked);
    expect(delivered.said).not.toContain('damaged');
  });

  test.each<[string, () => Promise<unknown>, string]>([
    ['a file', () => pi('rm', part('own-wanted')), 'own-wanted'],
    [
      'what a file held',
      () => pi('sh', '-c', `chmod u+w ${part('own-wanted')}; : > ${part('own-wanted')}`),
      'own-wanted',
    ],
    ['a link', () => pi('rm', part('link-wanted')), 'link-wanted'],
  ])('mends what has lost %s, with what needs it', async (_what, lose, name) => {
    await copy(part('reader-wanted'));
    await copy(part('link-wanted'));
    await lose();
    const { said } = await deliver(seen);
    expect(said).toContain(mended(name));
  });

  test.each<[string, boolean]>([
    ['sent', false],
    ['sent, beside what it fetched,', true],
  ])('mends what was %s and lost when the Pi lost its power in the middle', async (_what, substituteOnTarget) => {
    const loss = { copy: 1, damage: `chmod u+w ${part('own-wanted')}; : > ${part('own-wanted')}`, substituteOnTarget };
    expect((await deliverWithLoss(loss)).said).toContain(mended('own-wanted'));
  });

  test('mends what was sent before something was mended, and lost when that was sent', async () => {
    await copy(part('own-wanted'));
    await pi('sh', '-c', `chmod u+w ${part('own-wanted')}; : > ${part('own-wanted')}`);
    const { said } = await deliverWithLoss({
      copy: 2,
      damage: `rm ${part('link-wanted')}`,
      substituteOnTarget: false,
    });
    expect(said).toContain(mended('own-wanted'));
    expect(said).toContain(mended('link-wanted'));
  });

  test.each<[string, () => Promise<Seen | undefined>]>([
    ['was not seen', () => Promise.resolve(undefined)],
    ['was seen before a long build', () => Promise.resolve({ ...seen, at: performance.now() - 301_000 })],
    ['has not finished its first boot', () => Promise.resolve({ ...seen, firstBootFinished: false })],
    [
      'runs what this store does not have',
      () =>
        Promise.resolve({
          ...seen,
          currentSystem: '/nix/store/00000000000000000000000000000000-nixos-system-elsewhere',
        }),
    ],
    [
      'may have no room for all of it',
      () => {
        const room = { device: '/dev/mmcblk0p2', mountPoint: '/nix/store', freeBytes: 1000 };
        return Promise.resolve({ ...seen, free: { store: room, boot: room } });
      },
    ],
  ])('asks what is lacking where it %s', async (_what, what) => {
    expect((await deliver(await what())).asked).toEqual(looking);
  });
});

test('a delivery ends also where a Pi says that it lacks what it was sent', async () => {
  await pi('sh', '-c', `echo ${part('own-wanted')} > /var/lies; chmod 644 /var/lies`);
  await copy(part('own-wanted'));
  expect((await deliver(undefined)).asked).toEqual(looking);
}, 20_000);

test('what the system before needs is known where this store has it', async () => {
  expect(await systemBefore(former.path)).toEqual({ path: former.path, closure: former.closure });
  const elsewhere = '/nix/store/00000000000000000000000000000000-nixos-system-elsewhere';
  expect(await systemBefore(elsewhere)).toBeUndefined();
});
