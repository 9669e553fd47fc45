import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { execa } from 'execa';
import { type SupervisorSettings, supervisorScript } from '../../../provider/activation/supervisor-script.ts';
import { localClosure } from '../../../provider/nix/closure.ts';
import { copyWhatFits } from '../../../provider/nix/copy-what-fits.ts';
import { SshSession } from '../../../provider/ssh/session.ts';
import { recordedContext } from '../../unit/handlers/recorded-context.ts';
import { NixMachine } from './nix-machine.ts';

jest.setTimeout(120_000);

const options = { compress: false, substituteOnTarget: false, copyTimeoutSeconds: 60, connectTimeoutSeconds: 10 };
const roots = '/nix/var/nix/gcroots/pulumi-nixos-pi';

let nix: NixMachine;
let system: string;
let session: SshSession;
beforeAll(async () => {
  nix = await NixMachine.start();
  const source = join(nix.machine.shared, 'system');
  nix.machine.write(join(source, 'bin/switch-to-configuration'), '#!/bin/sh\n', 0o755);
  system = (await nix.machine.run('nix-store', '--add', source)).trim();
  session = new SshSession(recordedContext(), nix.pi.target('root'), 10);
}, 120_000);
afterEach(async () => {
  await onPi(`rm -rf ${roots}; nix-collect-garbage`);
});
afterAll(async () => {
  session.dispose();
  await nix.stop();
});

const onPi = (script: string) => nix.pi.machine.run('sh', '-c', script);

/** @param unasked as for a system that the Pi is expected to lack, without being asked. */
async function copy(unasked = false): Promise<void> {
  const closure = await localClosure(system);
  const expected = { missing: closure, leftover: [], bytes: 0, bootFiles: [], free: undefined };
  const path = { path: system, closure };
  const elevation = { sudoPassword: undefined };
  await copyWhatFits(recordedContext(), session, elevation, path, options, unasked ? expected : undefined);
}

/** What happens while a garbage collection runs that has looked for roots and has deleted nothing yet. It has ended afterwards. */
async function duringCollection(happens: () => Promise<void>): Promise<void> {
  const { machine } = nix.pi;
  const gate = join(machine.shared, 'gate');
  await onPi(`rm -f ${gate}; mkfifo ${gate}`);
  // nix/src/libstore/gc.cc reads that file there, to its end.
  const [file, args] = machine.command('env', `_NIX_TEST_GC_SYNC_2=${gate}`, '/usr/bin/nix-store', '--gc');
  const collection = execa(file, args);
  const held = await open(gate, 'w');
  try {
    await happens();
  } finally {
    await held.close();
    await collection;
  }
}

/** A store path that nothing keeps. */
async function garbage(): Promise<string> {
  const file = join(nix.pi.machine.shared, 'garbage');
  return (await onPi(`echo garbage > ${file}; nix-store --add ${file}`)).trim();
}

/** Roots the system as the supervisor does before it activates it. Afterwards nothing else does. */
async function root(path = '$PATH'): Promise<void> {
  const settings: SupervisorSettings = {
    run: 'run-1',
    deployer: 'ada',
    storePath: system,
    expectedSystem: '',
    goal: 'switch',
    user: 'root',
    address: '',
    healthChecks: [],
    rollbackOnFailedUnits: false,
    activationSeconds: 60,
    healthSeconds: 60,
    confirmSeconds: 60,
  };
  const script = `${supervisorScript(settings)}previous=/nix/store/none\nPATH=${path}\nroot_both\n`;
  nix.pi.machine.write('/root/supervisor', script);
  await onPi(`sh /root/supervisor && rm -f ${roots}/incoming`);
  expect((await onPi(`readlink ${roots}/new-run-1`)).trim()).toBe(system);
}

describe('a garbage collection that runs already leaves a system that is about to be activated', () => {
  let waste: string;
  beforeEach(async () => {
    waste = await garbage();
  });
  afterEach(async () => {
    expect(nix.pi.machine.exists(waste)).toBe(false);
    expect(await onPi(`nix-store --query --hash ${system}`)).toMatch(/^sha256:/);
  });

  test('which was copied meanwhile, and the supervisor starts no Nix to tell it', async () => {
    nix.pi.machine.write('/without-nix/nix-store', '#!/bin/sh\necho Nix was started >&2\nexit 1\n', 0o755);
    await duringCollection(async () => {
      await copy();
      await root('/without-nix:$PATH');
    });
  });

  test('which was there, and nothing kept it', async () => {
    await copy();
    await onPi(`rm ${roots}/incoming`);
    await duringCollection(root);
  });

  test('which was there, and a copy that was begun found so', async () => {
    await copy();
    await onPi(`rm ${roots}/incoming`);
    await duringCollection(async () => {
      await copy(true);
      await root();
    });
  });

  test('of which a copy that was cut off left a part', async () => {
    await onPi(`mkdir ${system}`);
    await duringCollection(async () => {
      await copy();
      await root();
    });
  });
});
