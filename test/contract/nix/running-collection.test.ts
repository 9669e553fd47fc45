import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { supervisorScript } from '../../../provider/activation/supervisor-script.ts';
import { copyWhatFits } from '../../../provider/nix/copy-what-fits.ts';
import { localClosure } from '../../../provider/nix/closure.ts';
import { SshSession } from '../../../provider/ssh/session.ts';
import { recordedContext } from '../../unit/handlers/recorded-context.ts';
import { NixMachine } from './nix-machine.ts';

jest.setTimeout(120_000);

const options = { compress: false, substituteOnTarget: false, copyTimeoutSeconds: 60, connectTimeoutSeconds: 10 };
/** The machines of all tests share /tmp. */
const marks = '/root/marks';
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
  await onPi(`rm -rf ${roots} ${marks}; nix-collect-garbage`);
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

/**
 * A garbage collection that has looked for roots already (nix/src/libstore/gc.cc).
 *
 * @returns lets it delete what it found to be garbage, and waits for its end.
 */
async function collecting(): Promise<() => Promise<void>> {
  const garbage = await onPi(
    `mkdir ${marks}; mkfifo ${marks}/go-on; echo > /root/garbage; nix-store --add /root/garbage`,
  );
  nix.pi.machine.start('sh', '-c', `_NIX_TEST_GC_SYNC_2=${marks}/go-on nix-store --gc; echo > ${marks}/ended`);
  // A fifo opens when its reader has come.
  nix.pi.machine.start('sh', '-c', `exec 3> ${marks}/go-on; echo > ${marks}/reached; ${until('released')}`);
  await onPi(until('reached'));
  return async () => {
    await onPi(`echo > ${marks}/released; ${until('ended')}`);
    expect(nix.pi.machine.exists(garbage.trim())).toBe(false);
  };
}

const until = (mark: string) => `until [ -e ${marks}/${mark} ]; do sleep 0.1; done`;

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
    const collect = await collecting();
    await copy();
    await root();
    await collect();
    expect(await onPi(`nix-store --query --hash ${system}`)).toMatch(/^sha256:/);
  });

  test('which was there, and nothing kept it', async () => {
    await copy();
    await onPi(`rm ${roots}/incoming`);
    const collect = await collecting();
    await root();
    await collect();
    expect(await onPi(`nix-store --query --hash ${system}`)).toMatch(/^sha256:/);
  });

  test('which was there, and a copy that was begun found so', async () => {
    await copy();
    await onPi(`rm ${roots}/incoming`);
    const collect = await collecting();
    await copy(true);
    await root();
    await collect();
    expect(await onPi(`nix-store --query --hash ${system}`)).toMatch(/^sha256:/);
  });

  test('of which a copy that was cut off left a part', async () => {
    await onPi(`mkdir ${system}`);
    const collect = await collecting();
    await copy();
    await root();
    await collect();
    expect(await onPi(`nix-store --query --hash ${system}`)).toMatch(/^sha256:/);
  });
});
