import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connect } from '../../../provider/ssh/connection.ts';
import type { SshTarget } from '../../../provider/ssh/target.ts';
import { SshServer } from './ssh-server.ts';

let server: SshServer;
let agentSocket: string;

beforeAll(async () => {
  server = await SshServer.start();
  agentSocket = join(server.machine.shared, 'agent.sock');
  const { machine } = server;
  machine.start('/usr/bin/ssh-agent', '-D', '-a', agentSocket);
  while (!existsSync(agentSocket)) await sleep(20);
  const add = (file: string) => machine.run('env', `SSH_AUTH_SOCK=${agentSocket}`, 'ssh-add', '-q', file);
  // More keys than a server takes (MaxAuthTries is 6), and the right one last.
  for (const number of ['1', '2', '3', '4', '5', '6', '7']) {
    const file = shared(`other-${number}`);
    await machine.run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', file);
    await add(file);
  }
  await add(server.identityFile);
}, 300_000);
afterAll(async () => {
  await server.stop();
});

const shared = (name: string): string => join(server.machine.shared, name);

async function login(change: Partial<SshTarget>): Promise<string> {
  try {
    const connection = await connect(server.target('free', { agentSocket, ...change }), 10);
    const { stdout } = await connection.run(['whoami']);
    connection.dispose();
    return stdout.trim();
  } catch (error) {
    return String(error);
  }
}

describe('an agent with many keys', () => {
  test('is asked first for the key that an identity file names', async () => {
    copyFileSync(`${server.identityFile}.pub`, shared('named.pub'));
    expect(await login({ identityFiles: [shared('named.pub')] })).toBe('free');
    expect(await login({ identityFiles: [shared('named')] })).toBe('free');
  });

  test('is asked for no other key where only the named ones are to be offered', async () => {
    expect(await login({ identityFiles: [shared('other-1')], identitiesOnly: true })).toMatch(/does not let free in/);
    expect(await login({ identityFiles: [shared('named')], identitiesOnly: true })).toBe('free');
  });

  test('does not keep the key files from being tried', async () => {
    expect(await login({ identityFiles: [server.identityFile], identitiesOnly: true, agentSocket: undefined })).toBe(
      'free',
    );
  });

  test('of which none is named runs into the limit of the server, which is told', async () => {
    expect(await login({ identityFiles: [] })).toMatch(
      /the-pi does not let free in[^]*Too many authentication failures[^]*Name the key with `identityFile`/,
    );
  });
});
