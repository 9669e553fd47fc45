import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { RunningSystem } from '../../../provider/activation/running-system.ts';
import { endContact, lookAnywhere, reach } from '../../../provider/handlers/contact.ts';
import { tellFindings } from '../../../provider/handlers/deployment-preview.ts';
import { keepConnection, takeConnection } from '../../../provider/ssh/kept-connection.ts';
import { resolveSshTarget, type SshTargetInputs } from '../../../provider/ssh/target.ts';
import { inputs, outputs } from '../../unit/handlers/deployment-samples.ts';
import { recordedContext } from '../../unit/handlers/recorded-context.ts';
import { freePort, SshServer } from '../ssh/ssh-server.ts';

jest.setTimeout(120_000);

let server: SshServer;
beforeAll(async () => {
  server = await SshServer.start();
  // What makes it a NixOS to a look.
  const system = `/nix/store/${'0'.repeat(32)}-nixos-system-kitchen`;
  server.machine.write(`${system}/init`, '');
  await server.machine.run('ln', '-sfn', system, '/run/current-system');
  server.machine.write('/etc/machine-id', '0123456789abcdef0123456789abcdef\n');
}, 300_000);
afterAll(async () => {
  await server.stop();
});

function connection(change: Partial<SshTargetInputs> = {}): SshTargetInputs {
  const { port, identityFile, hostKeys } = server;
  return { host: '127.0.0.1', port, user: 'free', identityFile, hostKey: hostKeys.ed25519, ...change };
}

/** What a preview finds and says about a Pi that is declared at one address and was deployed at another one. */
async function findings(declared: SshTargetInputs, former: SshTargetInputs) {
  const context = recordedContext();
  const running = await tellFindings(context, { ...inputs, connection: declared }, { ...outputs, connection: former });
  return { machineId: running?.machineId, said: context.lines.join('\n') };
}

describe('a preview', () => {
  test.each<[string, () => Partial<SshTargetInputs>, RegExp]>([
    ['a login that is refused', () => ({ user: 'nobody-there' }), /warning: 127\.0\.0\.1 does not let nobody-there in/],
    [
      'another machine',
      () => ({ hostKey: `ssh-ed25519 ${Buffer.alloc(51, 1).toString('base64')}` }),
      /warning: Another machine answers/,
    ],
  ])('tells of %s', async (_name, change, message) => {
    const there = connection(change());
    const { machineId, said } = await findings(there, there);
    expect(machineId).toBeUndefined();
    expect(said).toMatch(message);
  });

  test('finds a Pi at its declared address, and at the one before', async () => {
    const nowhere = connection({ port: await freePort() });
    const seen = await server.machine.run('cat', '/etc/machine-id');
    expect((await findings(connection(), nowhere)).machineId).toBe(seen.trim());
    expect((await findings(nowhere, connection())).machineId).toBe(seen.trim());
  });

  test('leaves its connection to the deployment that follows it', async () => {
    await findings(connection(), connection());
    const kept = takeConnection(await resolveSshTarget(connection()));
    expect((await kept?.run(['whoami']))?.stdout).toBe('free\n');
    kept?.dispose();
  });

  test('spares the deployment that follows it within some seconds another look; a refresh looks', async () => {
    const whereabouts = {
      connection: connection(),
      former: undefined,
      connectTimeoutSeconds: 10,
      confirmTimeoutSeconds: 10,
    };
    const system = await server.machine.run('readlink', '/run/current-system');
    const [before, after] = [system.trim(), system.trim().replace('kitchen', 'changed')];
    server.machine.write(`${after}/init`, '');
    const seenBy = async (look: () => Promise<{ running: RunningSystem }>, seconds: number) => {
      await server.machine.run('ln', '-sfn', before, '/run/current-system');
      await findings(connection(), connection());
      await server.machine.run('ln', '-sfn', after, '/run/current-system');
      jest.spyOn(performance, 'now').mockReturnValue(performance.now() + seconds * 1000);
      const { running } = await look().finally(() => jest.restoreAllMocks());
      return running.currentSystem;
    };
    const deploy = async () => {
      const contact = await reach(recordedContext(), whereabouts);
      endContact(contact);
      return contact;
    };
    expect(await seenBy(deploy, 9)).toBe(before);
    expect(await seenBy(deploy, 11)).toBe(after);
    const afterLoss = async () => {
      const lost = takeConnection(await resolveSshTarget(connection()));
      lost?.dispose();
      if (lost !== undefined) keepConnection(lost);
      return deploy();
    };
    expect(await seenBy(afterLoss, 1)).toBe(after);
    expect(await seenBy(() => lookAnywhere(recordedContext(), whereabouts), 1)).toBe(after);
    await server.machine.run('ln', '-sfn', before, '/run/current-system');
  });

  test('of a Pi that answers nowhere is pending, without an alarm', async () => {
    const nowhere = connection({ port: await freePort() });
    const { machineId, said } = await findings(nowhere, connection({ port: await freePort() }));
    expect(machineId).toBeUndefined();
    expect(said).toMatch(/^info: 127\.0\.0\.1 could not be looked at/);
    expect(said).not.toContain('warn');
  });
});
