import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { supervisorScript } from '../../../provider/activation/supervisor-script.ts';
import { copyWhatFits } from '../../../provider/nix/copy-what-fits.ts';
import { localClosure } from '../../../provider/nix/closure.ts';
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
  nix.machine.write('/tmp/system/bin/switch-to-configuration', '#!/bin/sh\n', 0o755);
  system = (await nix.machine.run('nix-store', '--add', '/tmp/system')).trim();
  session = new SshSession(recordedContext(), nix.pi.target('root'), 10);
}, 120_000);
afterEach(async () => {
  await onPi('touch /tmp/release; while pgrep -x nix-store; do sleep 0.1; done');
  await onPi(`rm -rf ${roots} /tmp/collection /tmp/release /tmp/reached; nix-collect-garbage`);
});
afterAll(async () => {
  session.dispose();
  await nix.stop();
});

const onPi = (script: string) => nix.pi.machine.run('sh', '-c', script);
/** @param unasked as for a system that the Pi is expected to lack, without being asked. */
const copy = async (unasked = false) => {
  const closure = await localClosure(system);
  const expected = { missing: closure, leftover: [], bytes: 0, bootFiles: [], free: undefined };
  const path = { path: system, closure };
  const elevation = { sudoPassword: undefined };
  await copyWhatFits(recordedContext(), session, elevation, path, options, unasked ? expected : undefined);
};

/** A garbage collection that has looked for roots already, and deletes what is none when it is released (nix/src/libstore/gc.cc). */
async function collecting(): Promise<string> {
  const garbage = (
    await onPi('echo garbage > /tmp/garbage; nix-store --add /tmp/garbage; mkfifo /tmp/collection')
  ).trim();
  nix.pi.machine.start('env', '_NIX_TEST_GC_SYNC_2=/tmp/collection', 'nix-store', '--gc');
  const hold = 'exec 3> /tmp/collection; touch /tmp/reached; until [ -e /tmp/release ]; do sleep 0.1; done';
  nix.pi.machine.start('sh', '-c', hold);
  await onPi('until [ -e /tmp/reached ]; do sleep 0.1; done');
  return garbage;
}

async function collected(garbage: string): Promise<void> {
  await onPi(
    `touch /tmp/release; while [ -e ${garbage} ]; do sleep 0.1; done; while pgrep -x nix-store; do sleep 0.1; done`,
  );
}

/** What the supervisor does with its roots, before it activates the system; and that nothing else roots it then. */
async function root(): Promise<void> {
  const settings = {
    run: 'run-1',
    deployer: 'ada',
    storePath: system,
    expectedSystem: '',
    goal: 'switch' as const,
    user: 'root',
    address: '',
    healthChecks: [],
    rollbackOnFailedUnits: false,
    activationSeconds: 60,
    healthSeconds: 60,
    confirmSeconds: 60,
  };
  nix.pi.machine.write('/root/supervisor', `${supervisorScript(settings)}previous=/nix/store/none\nroot_both\n`);
  await onPi(`sh /root/supervisor && rm -f ${roots}/incoming`);
  expect((await onPi(`readlink ${roots}/new-run-1`)).trim()).toBe(system);
}

describe('a garbage collection that runs already leaves a system that is about to be activated', () => {
  test('which was copied meanwhile', async () => {
    const garbage = await collecting();
    await copy();
    await root();
    await collected(garbage);
    expect(await onPi(`nix-store --query --hash ${system}`)).toMatch(/^sha256:/);
  });

  test('which was there, and nothing kept it', async () => {
    await copy();
    await onPi(`rm ${roots}/incoming`);
    const garbage = await collecting();
    await root();
    await collected(garbage);
    expect(await onPi(`nix-store --query --hash ${system}`)).toMatch(/^sha256:/);
  });

  test('which was there, and a copy that was begun found so', async () => {
    await copy();
    await onPi(`rm ${roots}/incoming`);
    const garbage = await collecting();
    await copy(true);
    await root();
    await collected(garbage);
    expect(await onPi(`nix-store --query --hash ${system}`)).toMatch(/^sha256:/);
  });

  test('of which a copy that was cut off left a part', async () => {
    await onPi(`mkdir ${system}`);
    const garbage = await collecting();
    await copy();
    await root();
    await collected(garbage);
    expect(await onPi(`nix-store --query --hash ${system}`)).toMatch(/^sha256:/);
  });
});
