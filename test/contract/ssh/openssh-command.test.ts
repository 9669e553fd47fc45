import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { openSshCommand } from '../../../provider/ssh/openssh-command.ts';
import type { SshTargetInputs } from '../../../provider/ssh/target.ts';
import { SshServer } from './ssh-server.ts';

let server: SshServer;
let agentSocket: string;
let stranger: string;

const noAgent = '/no/such/agent';

beforeAll(async () => {
  server = await SshServer.start();
  const { machine } = server;
  stranger = join(machine.shared, 'stranger');
  agentSocket = join(machine.shared, 'agent.sock');
  machine.start('/usr/bin/ssh-agent', '-D', '-a', agentSocket);
  while (!existsSync(agentSocket)) await sleep(20);
  await machine.run('env', `SSH_AUTH_SOCK=${agentSocket}`, 'ssh-add', '-q', server.identityFile);
}, 300_000);
afterAll(async () => {
  await server.stop();
});
beforeEach(() => {
  userConfiguration();
});

/** The person's own ~/.ssh/config. */
function userConfiguration(...lines: string[]): void {
  server.machine.write('/root/.ssh/config', lines.map((line) => `${line}\n`).join(''), 0o600);
}

/** What `whoami` prints on the server, or why it was not run. */
async function whoami(change: Partial<SshTargetInputs> = {}, agent = noAgent): Promise<string> {
  const inputs = { host: '127.0.0.1', port: server.port, user: 'free', hostKey: server.hostKeys.ed25519, ...change };
  try {
    return await server.machine.run(
      'env',
      `SSH_AUTH_SOCK=${agent}`,
      ...openSshCommand(inputs),
      'whoami; echo "$0" >&2',
    );
  } catch (error) {
    return String(error);
  }
}

describe('the command line for OpenSSH', () => {
  test('runs the command in the shell of the login, with the named key', async () => {
    expect(await whoami({ identityFile: server.identityFile })).toBe('free');
  });

  test('accepts the pinned key and no other, whatever the server has beside it', async () => {
    const { identityFile } = server;
    expect(await whoami({ identityFile, hostKey: server.hostKeys.rsa })).toBe('free');
    const { hostKeys } = server;
    const another = hostKeys.ed25519.replace(/.{4}$/, 'AAAA');
    expect(await whoami({ identityFile, hostKey: another })).toMatch(/Host key verification failed/);
    userConfiguration('NoHostAuthenticationForLocalhost yes');
    expect(await whoami({ identityFile, hostKey: another })).toMatch(/Host key verification failed/);
  });

  test.each(['per%hcent', 'a key', 'a "key"', String.raw`back\slash`])('takes a key of any name: %s', async (name) => {
    const identityFile = join(server.machine.shared, name);
    copyFileSync(server.identityFile, identityFile);
    expect(await whoami({ identityFile })).toBe('free');
  });

  test.each(['ForkAfterAuthentication yes', 'SessionType none'])(
    'runs it and waits for it, where a login by hand has %s',
    async (line) => {
      userConfiguration(line);
      expect(await whoami({ identityFile: server.identityFile })).toBe('free');
    },
  );

  test('goes on to the next key, past one that is not let in and an agent that is gone', async () => {
    userConfiguration(`IdentityFile ${stranger}`, `IdentityFile ${server.identityFile}`);
    expect(await whoami()).toBe('free');
  });

  test('asks the agent, beside a key file that is not let in', async () => {
    userConfiguration(`IdentityFile ${stranger}`);
    expect(await whoami()).toMatch(/Permission denied/);
    expect(await whoami({}, agentSocket)).toBe('free');
  });

  test('asks the agent for the key of which the named file is the public half', async () => {
    const identityFile = join(server.machine.shared, 'half.pub');
    copyFileSync(`${server.identityFile}.pub`, identityFile);
    expect(await whoami({ identityFile })).toMatch(/Permission denied/);
    expect(await whoami({ identityFile }, agentSocket)).toBe('free');
  });

  test('follows the ssh configuration: aliases, and a host on the way', async () => {
    const onTheWay = ['Host jump', 'StrictHostKeyChecking no', 'UserKnownHostsFile /dev/null', 'User free'];
    userConfiguration(
      'Host the-pi',
      'ProxyJump jump',
      'HostKeyAlias cellar',
      ...onTheWay,
      'Host *',
      'HostName 127.0.0.1',
      `Port ${String(server.port)}`,
      `IdentityFile ${server.identityFile}`,
    );
    expect(await whoami({ host: 'the-pi', port: undefined })).toBe('free');
  });

  test('leaves alone what the ssh configuration has for a login by hand', async () => {
    userConfiguration(
      'RemoteCommand echo another',
      'RequestTTY force',
      `LocalForward 127.0.0.1:${String(server.port)} 127.0.0.1:1`,
      'ExitOnForwardFailure yes',
      'VerifyHostKeyDNS yes',
      'PermitLocalCommand yes',
      'LocalCommand echo here',
      `IdentityFile ${server.identityFile}`,
    );
    expect(await whoami()).toBe('free');
  });

  test('does not go over a connection that is there already, since nobody compared its host key with the pinned one', async () => {
    const socket = join(server.machine.shared, 'master.sock');
    userConfiguration(`ControlPath ${socket}`, `IdentityFile ${server.identityFile}`);
    const options = ['-M', '-N', '-oBatchMode=yes', '-oStrictHostKeyChecking=no', '-oUserKnownHostsFile=/dev/null'];
    server.machine.start('/usr/bin/ssh', ...options, '-p', String(server.port), 'free@127.0.0.1');
    while (!existsSync(socket)) await sleep(20);
    const hostKey = server.hostKeys.ed25519.replace(/.{4}$/, 'AAAA');
    expect(await whoami({ hostKey })).toMatch(/Host key verification failed/);
    expect(await whoami()).toBe('free');
  });
});
