import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { buildPlanned } from '../../../provider/nix/build.ts';
import { type Closure, localClosure } from '../../../provider/nix/closure.ts';
import { copyMissing, type CopyOptions } from '../../../provider/nix/copy-missing.ts';
import { copyWhatFits } from '../../../provider/nix/copy-what-fits.ts';
import { deliverSystem } from '../../../provider/nix/deliver.ts';
import { evaluateSystem } from '../../../provider/nix/evaluate.ts';
import { SshSession } from '../../../provider/ssh/session.ts';
import type { SshTarget } from '../../../provider/ssh/target.ts';
import { type RecordedContext, recordedContext } from '../../unit/handlers/recorded-context.ts';
import { password } from '../ssh/ssh-server.ts';
import { Wire } from '../ssh/wire.ts';
import { NixMachine, settings } from './nix-machine.ts';

jest.setTimeout(300_000);

const options: CopyOptions = {
  compress: false,
  substituteOnTarget: false,
  copyTimeoutSeconds: 60,
  connectTimeoutSeconds: 10,
};
const features = ['--extra-experimental-features', 'nix-command'];
const withPassword = { sudoPassword: password };
const withoutPassword = { sudoPassword: undefined };

let nix: NixMachine;
let path: string;
let closure: Closure;
const sessions: SshSession[] = [];
const wires: Wire[] = [];

// Five paths, each with a megabyte that cannot be compressed, and one with three that can.
const text = `let
  part = n: script: derivation {
    name = "part-\${toString n}"; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" script ];
  };
  parts = builtins.genList (n: part n "/usr/bin/head -c 1000000 /dev/urandom > $out") 5
    ++ [ (part 5 "/usr/bin/yes again and again | /usr/bin/head -c 3000000 > $out") ];
in { script = "echo \${toString parts} > $out"; }`;

beforeAll(async () => {
  nix = await NixMachine.start();
  const configuration = nix.configuration('six-parts', text);
  path = (await evaluateSystem(configuration, () => undefined)).storePath;
  const gcRoot = join(nix.machine.shared, 'gcroots/six-parts');
  await buildPlanned(recordedContext(), { configuration, output: { kind: 'toplevel' }, storePath: path, gcRoot });
  closure = await localClosure(path);
}, 300_000);
afterEach(async () => {
  for (const session of sessions.splice(0)) session.dispose();
  for (const wire of wires.splice(0)) await wire.close();
  await nix.pi.machine.run('sh', '-c', 'rm -rf /nix/var/nix/gcroots/pulumi-nixos-pi; nix-collect-garbage');
});
afterAll(async () => {
  await nix.stop();
});

function sessionTo(target: SshTarget, context: RecordedContext = recordedContext()): SshSession {
  const session = new SshSession(context, target, 10);
  sessions.push(session);
  return session;
}

async function wireToPi(milliseconds = 0): Promise<Wire> {
  const wire = await Wire.to(nix.pi.port, 0, milliseconds);
  wires.push(wire);
  return wire;
}

const messageOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'it succeeded',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );

const partsOnPi = () => closure.filter((each) => nix.pi.machine.exists(each.path)).length;

describe('a copy', () => {
  test.each([
    ['root', withoutPassword],
    ['free', withoutPassword],
    // Nix on the Pi trusts neither this login nor the paths, which nobody signed.
    ['asked', withPassword],
  ] as const)('by %s brings the whole closure, and a second one nothing', async (login, elevation) => {
    const context = recordedContext();
    const session = sessionTo(nix.pi.target(login));
    await copyWhatFits(context, session, elevation, { path, closure }, options);
    expect(partsOnPi()).toBe(7);
    expect(await nix.pi.machine.run('nix-store', '--verify-path', ...closure.map((each) => each.path))).toBe('');
    expect(context.lines[0]).toBe(`progress: copying ${path} to the-pi`);
    expect(context.lines.at(-1)).toMatch(
      /^progress: copying to the-pi: \d of 7 paths, [\d.]+ (?:bytes|.B) of 8\.0 MB$/,
    );
    const again = recordedContext();
    await copyWhatFits(again, session, elevation, { path, closure }, options);
    // No system runs in this machine: so all of it might be left over from a copy that was cut off.
    expect(again.lines).toEqual([expect.stringMatching(/^progress: looking whether \d+ store paths are whole/)]);
  });

  test('keeps what it brought from the garbage collector', async () => {
    await copyWhatFits(
      recordedContext(),
      sessionTo(nix.pi.target('free')),
      withoutPassword,
      { path, closure },
      options,
    );
    await nix.pi.machine.run('nix-collect-garbage');
    expect(partsOnPi()).toBe(7);
  });

  test.each([
    ['without the password that sudo wants', 'asked', withoutPassword, /sudo on the-pi asks asked for a password/],
    ['with a wrong password', 'asked', { sudoPassword: 'wrong' }, /The sudo password for asked on the-pi is wrong/],
    [
      'by a login that may not use sudo',
      'refused',
      withPassword,
      /refused may not use sudo on the-pi[^]*what to do: .*trusted-users/,
    ],
  ] as const)('%s says so, and nothing is there', async (_name, login, elevation, message) => {
    const session = sessionTo(nix.pi.target(login));
    expect(await messageOf(copyWhatFits(recordedContext(), session, elevation, { path, closure }, options))).toMatch(
      message,
    );
    expect(partsOnPi()).toBe(0);
  });

  test('goes on after a cut, and sends nothing twice that arrived', async () => {
    const wire = await wireToPi();
    const context = recordedContext();
    let cuts = 0;
    const watch = setInterval(() => {
      if (cuts > 0 || wire.bytes < 4e6) return;
      cuts += 1;
      wire.cut();
    }, 2);
    const session = sessionTo(nix.pi.target('free', { port: wire.port }), context);
    await copyWhatFits(context, session, withoutPassword, { path, closure }, options);
    clearInterval(watch);
    expect(cuts).toBe(1);
    expect(partsOnPi()).toBe(7);
    expect(wire.bytes).toBeLessThan(14e6);
  });

  test('is fetched by the Pi as far as its substituters have it', async () => {
    const { machine } = nix;
    const cache = join(machine.shared, 'cache');
    await machine.run('nix-store', '--generate-binary-cache-key', 'cache-1', `${cache}.secret`, `${cache}.public`);
    const parts = closure.filter((each) => each.path.includes('-part-')).map((each) => each.path);
    await machine.run('nix', ...features, 'copy', '--to', `file://${cache}?secret-key=${cache}.secret`, ...parts);
    const publicKey = readFileSync(`${cache}.public`, 'utf8');
    nix.pi.machine.write(
      '/etc/nix/nix.conf',
      `${settings}substituters = file://${cache}\ntrusted-public-keys = ${publicKey}\n`,
    );
    const wire = await wireToPi();
    const session = sessionTo(nix.pi.target('asked', { port: wire.port }));
    await copyWhatFits(
      recordedContext(),
      session,
      withPassword,
      { path, closure },
      { ...options, substituteOnTarget: true },
    );
    nix.pi.machine.write('/etc/nix/nix.conf', settings);
    expect(partsOnPi()).toBe(7);
    expect(wire.bytes).toBeLessThan(1e6);
  });

  test.each([
    ['compresses over a long way', 40, 6e6],
    ['does not compress over a short one', 0, 100e6],
  ])('that decides by itself %s', async (_name, milliseconds, most) => {
    const wire = await wireToPi(milliseconds);
    const session = sessionTo(nix.pi.target('free', { port: wire.port }));
    await copyWhatFits(
      recordedContext(),
      session,
      withoutPassword,
      { path, closure },
      { ...options, compress: 'auto' },
    );
    expect(partsOnPi()).toBe(7);
    expect(wire.bytes).toBeLessThan(most);
    expect(wire.bytes).toBeGreaterThan(most === 6e6 ? 5e6 : 8e6);
  });

  test('with a password is compressed as far as Nix trusts the login', async () => {
    const session = sessionTo(nix.pi.target('asked'));
    await copyWhatFits(recordedContext(), session, withPassword, { path, closure }, { ...options, compress: true });
    expect(partsOnPi()).toBe(7);
  });

  test('compresses where it is asked to', async () => {
    const wire = await wireToPi();
    const session = sessionTo(nix.pi.target('free', { port: wire.port }));
    await copyWhatFits(recordedContext(), session, withoutPassword, { path, closure }, { ...options, compress: true });
    expect(partsOnPi()).toBe(7);
    expect(wire.bytes).toBeLessThan(6e6);
  });

  test('to a Pi that goes away for good ends at its deadline', async () => {
    const wire = await wireToPi();
    const context = recordedContext();
    const closing = {
      ...context,
      progress: (line: string) => {
        context.progress(line);
        if (line.startsWith('copying to')) void wires.splice(0)[0]?.close();
      },
    };
    const session = new SshSession(context, nix.pi.target('free', { port: wire.port }), 2);
    sessions.push(session);
    const copy = copyWhatFits(
      closing,
      session,
      withoutPassword,
      { path, closure },
      { ...options, copyTimeoutSeconds: 4 },
    );
    expect(await messageOf(copy)).toMatch(
      /was not copied to the-pi within 4 s: \d of 7 paths, .* arrived\.[^]*what to do: Nothing on the Pi was changed\. Run `pulumi up` again/,
    );
    expect(context.lines.join('\n')).toMatch(/the connection to the-pi was lost after .*; waiting for it/);
  });

  test('is ended by a cancellation', async () => {
    const stop = new AbortController();
    const context = recordedContext(stop.signal);
    const stopping = {
      ...context,
      progress: (line: string) => {
        if (line.startsWith('copying to')) stop.abort();
      },
    };
    const session = sessionTo(nix.pi.target('free'));
    expect(await messageOf(copyWhatFits(stopping, session, withoutPassword, { path, closure }, options))).toMatch(
      /cancelled|abort/,
    );
    expect(partsOnPi()).toBeLessThan(7);
  });
});

describe('on a small card', () => {
  beforeAll(async () => {
    await nix.pi.machine.run('mkdir', '-p', '/nix/store');
    await nix.pi.machine.run('mount', '-t', 'tmpfs', '-o', 'size=5m', 'small-card', '/nix/store');
  });
  afterAll(async () => {
    await nix.pi.machine.run('umount', '/nix/store');
  });

  test('a system that does not fit is refused with numbers, and nothing is copied', async () => {
    const session = sessionTo(nix.pi.target('free'));
    expect(
      await messageOf(copyWhatFits(recordedContext(), session, withoutPassword, { path, closure }, options)),
    ).toMatch(
      /^the-pi has too little room for the new system: 7 store paths with 8\.0 MB are to be written, with 34 MB that stay free, the file system of \/nix\/store has 5\.2 MB free, so 37 MB are lacking\. Nothing that runs or boots was changed\.\n {2}what to do: On the Pi run `sudo nix-env/,
    );
    expect(partsOnPi()).toBe(0);
  });

  test('a system that the Pi would fetch from a cache is refused, and nothing is fetched', async () => {
    const { machine } = nix;
    const cache = join(machine.shared, 'large');
    await machine.run('sh', '-c', 'head -c 3000000 /dev/urandom > /tmp/nixos-system-large');
    const storePath = await machine.run('nix-store', '--add', '/tmp/nixos-system-large');
    await machine.run('nix', ...features, 'copy', '--to', `file://${cache}`, storePath);
    await machine.run('nix-store', '--delete', storePath);
    nix.pi.machine.write('/etc/nix/nix.conf', `${settings}substituters = file://${cache}\n`);
    const gcRoot = join(machine.shared, 'gcroots/large');
    const prepared = { storePath, system: 'x86_64-linux', gcRoot, origin: { kind: 'given' as const } };
    const fetching = { ...options, buildTimeoutSeconds: 60, substituteOnTarget: true };
    // No other login may read this cache.
    const session = sessionTo(nix.pi.target('root'));
    const delivery = deliverSystem(recordedContext(), session, withoutPassword, prepared, fetching, undefined);
    expect(await messageOf(delivery)).toMatch(
      /^the-pi has too little room for the new system: 1 store paths? with 3\.0 MB are to be written, .* has 5\.2 MB free/,
    );
    nix.pi.machine.write('/etc/nix/nix.conf', settings);
    expect(nix.pi.machine.exists(storePath)).toBe(false);
  });

  test('a kernel that does not fit into a /boot of its own is refused', async () => {
    await nix.pi.machine.run(
      'sh',
      '-c',
      'mount -t tmpfs -o size=1m boot /boot; mkdir /boot/nixos; : > /boot/nixos/old-linux-Image',
    );
    const bootFiles = [
      { name: 'old-linux', bytes: 4e6 },
      { name: 'new-linux', bytes: 2e6 },
    ];
    const session = sessionTo(nix.pi.target('free'));
    const copy = copyWhatFits(recordedContext(), session, withoutPassword, { path, closure: [], bootFiles }, options);
    expect(await messageOf(copy)).toMatch(
      /0 store paths with 0 bytes and kernel, initrd and device trees with 2\.0 MB are to be written, \/boot has 1\.0 MB free, so 951 kB are lacking/,
    );
    await nix.pi.machine.run('umount', '/boot');
  });

  test('a copy that fills it ends with what to do, and is taken back', async () => {
    const session = sessionTo(nix.pi.target('free'));
    const copy = copyMissing(recordedContext(), session, withoutPassword, { path, missing: closure }, options);
    expect(await messageOf(copy)).toMatch(
      /^the-pi has no room left: .* could not be copied\. It runs and boots what it did before\.\n[^]*No space left on device[^]*what to do: What was copied was removed again\./,
    );
    expect(await nix.pi.machine.run('ls', '/nix/store')).not.toMatch(/-part-\d$/m);
  });
});
