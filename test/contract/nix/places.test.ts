import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Context } from '../../../provider/context.ts';
import { type BuildPlace, deliverSystem, type DeliveryOptions, prepareSystem } from '../../../provider/nix/deliver.ts';
import { evaluateSystem } from '../../../provider/nix/evaluate.ts';
import { SshSession } from '../../../provider/ssh/session.ts';
import { recordedContext } from '../../unit/handlers/recorded-context.ts';
import { password, SshServer } from '../ssh/ssh-server.ts';
import { Wire } from '../ssh/wire.ts';
import { NixMachine, startNix } from './nix-machine.ts';

const options: DeliveryOptions = {
  buildTimeoutSeconds: 300,
  compress: false,
  substituteOnTarget: false,
  copyTimeoutSeconds: 60,
  connectTimeoutSeconds: 10,
};
const elevation = { sudoPassword: password };
const system = 'x86_64-linux';

// Each builds on up to three machines; on a busy one a single step may take a minute.
jest.setTimeout(300_000);

let nix: NixMachine;
let host: SshServer;
let wire: Wire;
let buildHost: BuildPlace;
beforeAll(async () => {
  nix = await NixMachine.start();
  host = await SshServer.start();
  await startNix(host);
  const { port, identityFile, hostKeys } = host;
  buildHost = { host: '127.0.0.1', user: 'refused', port, identityFile, hostKey: hostKeys.ed25519 };
}, 300_000);
beforeEach(async () => {
  wire = await Wire.to(nix.pi.port);
});
afterEach(async () => {
  await wire.close();
});
afterAll(async () => {
  await nix.stop();
  await host.stop();
});

const shared = (name: string) => join(nix.machine.shared, name);

/** A system that says in a file of /tmp, which all machines share, that it is built, and waits there for `go`. */
const systemText = (name: string, more = '') => `{ script = ''
  echo ${name} >> ${shared(name)}.built
  ${more}
  /usr/bin/mkdir $out; echo 26.05 > $out/nixos-version; echo ${system} > $out/system; echo ${name} > $out/name
''; }`;
const timesBuilt = (name: string) => readFileSync(shared(`${name}.built`), 'utf8').split('\n').length - 1;

async function deployed(name: string, buildOn: BuildPlace, more = '', context: Context = recordedContext()) {
  const configuration = nix.configuration(name, systemText(name, more));
  const { storePath } = await evaluateSystem(configuration, () => undefined);
  const planned = { configuration, storePath, system, buildOn, gcRoot: shared(`gcroots/${name}`) };
  await deliver(planned, context);
  return storePath;
}

async function deliver(
  planned: Parameters<typeof prepareSystem>[1],
  context: Context,
  change: Partial<DeliveryOptions> = {},
) {
  const session = new SshSession(context, nix.pi.target('asked', { port: wire.port }), 10);
  try {
    const prepared = await prepareSystem(context, planned, { ...options, ...change });
    await deliverSystem(context, session, elevation, prepared, { ...options, ...change }, undefined);
  } finally {
    session.dispose();
  }
}

const messageOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'it succeeded',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );

describe('a system that is built', () => {
  test('here, on the Pi and on a build host is the same one, and each is built where it should be', async () => {
    const paths: string[] = [];
    for (const [place, on] of [
      ['workstation', nix.machine],
      ['target', nix.pi.machine],
      [buildHost, host.machine],
    ] as const) {
      const path = await deployed('same', place);
      paths.push(path);
      expect(nix.pi.machine.exists(`${path}/nixos-version`)).toBe(true);
      expect([nix.machine, nix.pi.machine, host.machine].map((each) => each.exists(path))).toEqual(
        [nix.machine, nix.pi.machine, host.machine].map((each) => each === on || each === nix.pi.machine),
      );
      for (const machine of [nix.machine, nix.pi.machine, host.machine]) {
        await machine.run(
          'sh',
          '-c',
          'rm -rf /nix/var/nix/gcroots/auto/* /nix/var/nix/gcroots/pulumi-nixos-pi; nix-collect-garbage',
        );
      }
    }
    expect(new Set(paths).size).toBe(1);
    expect(timesBuilt('same')).toBe(3);
  });

  test.each([
    ['on the Pi', 'target' as const, 'the-pi'],
    ['on a build host', undefined, '127.0.0.1'],
  ])('%s tells its log while it comes, and is kept from the garbage collector', async (_name, place, machine) => {
    const context = recordedContext();
    const name = place ?? 'on-a-host';
    const path = await deployed(name, place ?? buildHost, 'echo "working hard"; /usr/bin/sleep 1', context);
    expect(context.lines.join('\n')).toMatch(new RegExp(`progress: ${machine}: (?:building|working hard)`));
    const builder = place === undefined ? host.machine : nix.pi.machine;
    await builder.run('nix-collect-garbage');
    expect(builder.exists(path)).toBe(true);
  });

  test.each([
    ['on the Pi', 'target' as const, 'the-pi'],
    ['on a build host', undefined, '127.0.0.1'],
  ])('%s and fails gives the end of its log', async (_name, place, machine) => {
    const name = `fails-${machine}`;
    expect(await messageOf(deployed(name, place ?? buildHost, 'echo the reason >&2; exit 3'))).toMatch(
      new RegExp(
        `^The build of /nix/store/.*\\.drv on ${machine} failed with exit code 1\\.\\n {2}it said:\\n[^]*the reason[^]*what to do: See the whole log with \`nix log`,
      ),
    );
  });

  test('on the Pi goes on while the connection is cut, and is built once', async () => {
    const go = shared('cut.go');
    const context = recordedContext();
    const deployment = deployed('cut', 'target', `while [ ! -e ${go} ]; do /usr/bin/sleep 0.1; done`, context);
    await until(() => existsSync(shared('cut.built')));
    wire.cut();
    await sleep(1000);
    writeFileSync(go, '');
    expect(nix.pi.machine.exists(await deployment)).toBe(true);
    expect(timesBuilt('cut')).toBe(1);
  });

  test('on the Pi goes on when this side is ended, and the next deployment joins it', async () => {
    const go = shared('joined.go');
    const wait = `while [ ! -e ${go} ]; do /usr/bin/sleep 0.1; done`;
    const stop = new AbortController();
    const ended = messageOf(deployed('joined', 'target', wait, recordedContext(stop.signal)));
    await until(() => existsSync(shared('joined.built')));
    stop.abort();
    expect(await ended).toMatch(/abort/);
    const context = recordedContext();
    const next = deployed('joined', 'target', wait, context);
    await until(() => context.lines.some((line) => line.startsWith('progress: the-pi: building')));
    writeFileSync(go, '');
    expect(nix.pi.machine.exists(await next)).toBe(true);
    expect(timesBuilt('joined')).toBe(1);
  });

  test('on the Pi takes the place of an older one for the same deployment', async () => {
    const older = messageOf(deployed('older', 'target', '/usr/bin/sleep 4711'));
    await until(() => existsSync(shared('older.built')));
    const configuration = nix.configuration('newer', systemText('newer'));
    const { storePath } = await evaluateSystem(configuration, () => undefined);
    const planned = { configuration, storePath, system, buildOn: 'target' as const, gcRoot: shared('gcroots/older') };
    await deliver(planned, recordedContext());
    expect(nix.pi.machine.exists(storePath)).toBe(true);
    expect(await nix.pi.machine.run('ps', '-eo', 'args')).not.toContain('sleep 4711');
    expect(await older).toMatch(/was given up for a newer one of the same deployment/);
  });

  test('on the Pi and cut off there is built again', async () => {
    const go = shared('killed.go');
    const deployment = deployed('killed', 'target', `while [ ! -e ${go} ]; do /usr/bin/sleep 0.1; done`);
    await until(() => existsSync(shared('killed.built')));
    writeFileSync(go, '');
    await nix.pi.machine.run(
      'sh',
      '-c',
      'kill -s KILL -- -$(cat /home/asked/.local/state/pulumi-nixos-pi/builds/killed/pid)',
    );
    expect(nix.pi.machine.exists(await deployment)).toBe(true);
  });
});

describe('what a power cut took of a system after it was delivered', () => {
  test.each<[string, () => BuildPlace]>([
    ['here', () => 'workstation'],
    ['on the Pi', () => 'target'],
    ['on a build host', () => buildHost],
  ])('comes anew where it was built %s', async (_name, place) => {
    const buildOn = place();
    const name = `lost-${typeof buildOn === 'string' ? buildOn : 'host'}`;
    const configuration = nix.configuration(name, systemText(name));
    const { storePath } = await evaluateSystem(configuration, () => undefined);
    const context = recordedContext();
    const planned = { configuration, storePath, system, buildOn, gcRoot: shared(`gcroots/${name}`) };
    const prepared = await prepareSystem(context, planned, options);
    const session = new SshSession(context, nix.pi.target('asked', { port: wire.port }), 10);
    try {
      await deliverSystem(context, session, elevation, prepared, options, undefined);
      await nix.pi.machine.run('sh', '-c', `chmod u+w ${storePath}/name; : > ${storePath}/name`);
      await deliverSystem(context, session, elevation, prepared, options, undefined);
      expect(await nix.pi.machine.run('cat', `${storePath}/name`)).toBe(name);
    } finally {
      session.dispose();
    }
  });
});

describe('a store path that is given', () => {
  const given = (storePath: string) => ({
    configuration: undefined,
    storePath,
    system,
    buildOn: 'workstation' as const,
    gcRoot: shared('gcroots/given'),
  });

  test('is used where the Pi has it', async () => {
    const path = await deployed('on-the-pi', 'target');
    await deliver(given(path), recordedContext());
    expect(nix.machine.exists(path)).toBe(false);
  });

  test('is copied where this machine has it', async () => {
    const path = await deployed('here', 'workstation');
    await nix.pi.machine.run(
      'sh',
      '-c',
      `rm /nix/var/nix/gcroots/pulumi-nixos-pi/incoming; nix-store --delete ${path}`,
    );
    await deliver(given(path), recordedContext());
    expect(nix.pi.machine.exists(path)).toBe(true);
  });

  test('that nobody has says so', async () => {
    const path = '/nix/store/00000000000000000000000000000000-nixos-system-lost';
    const message = await messageOf(deliver(given(path), recordedContext(), { substituteOnTarget: true }));
    expect(message).toMatch(
      /-nixos-system-lost is neither on the-pi nor in this machine's store, and could not be fetched\.\n {2}it said:\n {6}the-pi: [^]*this machine: [^]*what to do: Was it deleted as garbage\?/,
    );
  });

  test('that is no NixOS system is refused, on the Pi and here', async () => {
    for (const machine of [nix.machine, nix.pi.machine]) {
      machine.write('/tmp/no-system', `of ${machine.shared}`);
      const path = await machine.run('nix-store', '--add', '/tmp/no-system');
      expect(await messageOf(deliver(given(path), recordedContext()))).toMatch(/-no-system is no NixOS system/);
    }
  });

  test('that is for other machines is refused', async () => {
    const path = await deployed('other', 'target');
    expect(await messageOf(deliver({ ...given(path), system: 'aarch64-linux' }, recordedContext()))).toMatch(
      /is a system for x86_64-linux, and the Pi is aarch64-linux\./,
    );
  });
});

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(50);
}
