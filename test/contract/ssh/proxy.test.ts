import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { run } from '../../../provider/process/run.ts';
import { connect, type SshConnection, UnreachableError } from '../../../provider/ssh/connection.ts';
import { withOpenSshConfig } from '../../../provider/ssh/openssh-config.ts';
import { readSshConfiguration, type SshTarget } from '../../../provider/ssh/target.ts';
import { freePort, SshServer } from './ssh-server.ts';

let server: SshServer;
let configuration: string;
const open: SshConnection[] = [];

beforeAll(async () => {
  server = await SshServer.start();
  process.env['SHELL'] = '/bin/sh';
  const jumpPort = await freePort();
  const { machine } = server;
  machine.start('/usr/sbin/sshd', '-D', '-e', '-f', '/etc/ssh/contract_config', '-o', `Port=${String(jumpPort)}`);
  configuration = join(machine.shared, 'user_config');
  const known = join(machine.shared, 'user_known_hosts');
  writeFileSync(known, `[127.0.0.1]:${String(jumpPort)} ${server.hostKeys.ed25519}\n`);
  const jump = `HostName 127.0.0.1\n  Port ${String(jumpPort)}\n  User free\n  IdentityFile ${server.identityFile}\n`;
  writeFileSync(
    configuration,
    `Host jump another\n  ${jump}  UserKnownHostsFile ${known}\nHost unknown\n  ${jump}  UserKnownHostsFile /dev/null\n`,
  );
  await listening(jumpPort);
}, 300_000);
afterEach(() => {
  for (const connection of open.splice(0)) connection.dispose();
});
afterAll(async () => {
  await server.stop();
});

async function listening(port: number): Promise<void> {
  while ((await server.machine.run('ss', '-Hltn', `sport = :${String(port)}`)) === '') await sleep(50);
}

/** The target that a ProxyJump of the user's configuration leads to; that configuration is the test's own. */
function behind(proxyJump: string, user: 'free' | 'root' = 'free'): SshTarget {
  const plain = server.target(user);
  const text = `hostname 127.0.0.1\nport ${String(server.port)}\nproxyjump ${proxyJump}\n`;
  const hostKey = server.hostKeys.ed25519;
  const command = readSshConfiguration({ host: 'the-pi', hostKey }, text).proxyCommand ?? '';
  return { ...plain, proxyCommand: command.replace(' ssh ', ` ssh -F ${configuration} `) };
}

async function connected(target: SshTarget): Promise<SshConnection> {
  const connection = await connect(target, 10);
  open.push(connection);
  return connection;
}

const errorOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

function processesOf(text: string): string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(text);
    } catch {
      return false;
    }
  });
}

async function untilNone(text: string): Promise<void> {
  while (processesOf(text).length > 0) await sleep(50);
}

test.each(['jump', 'jump,another'])('a Pi behind %s is reached', async (way) => {
  const connection = await connected(behind(way));
  const { stdout } = await connection.run(['sh', '-c', 'cat; echo é'], { stdin: 'x'.repeat(1_000_000) });
  expect(stdout).toBe(`${'x'.repeat(1_000_000)}é\n`);
});

test('the host key of the Pi is checked all the same', async () => {
  const hostKey = {
    algorithm: 'ssh-ed25519',
    base64: 'AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f',
  };
  const error = await errorOf(connect({ ...behind('jump'), hostKey }, 10));
  expect(error).toMatchObject({ name: 'HostKeyError' });
});

test('the command on the way ends with the connection', async () => {
  const connection = await connected(behind('jump'));
  expect(processesOf(configuration).length).toBeGreaterThan(0);
  connection.dispose();
  await untilNone(configuration);
});

test('a host on the way that is not known is named, without a question', async () => {
  for (const way of ['unknown', 'unknown,jump']) {
    const error = await errorOf(connect(behind(way), 10));
    expect(error).toBeInstanceOf(UnreachableError);
    expect((error as Error).message).toMatch(
      /^the-pi cannot be reached through the way[^]*tried: free@127\.0\.0\.1:\d+ through env[^]*Host key verification failed\.[^]*log in there once with `ssh`[^]*Try `ssh the-pi`/,
    );
  }
  await untilNone(configuration);
});

test('a command that does not exist is named', async () => {
  const error = await errorOf(connect({ ...server.target('free'), proxyCommand: 'no-such-command' }, 10));
  expect(error).toBeInstanceOf(UnreachableError);
  expect((error as Error).message).toContain('no-such-command: not found');
});

test('a command that says nothing is given up in its time, and ended', async () => {
  const error = await errorOf(connect({ ...server.target('free'), proxyCommand: 'sleep 98765' }, 1));
  expect(error).toBeInstanceOf(UnreachableError);
  expect((error as Error).message).toContain('Timed out');
  await untilNone('98765');
});

test('a way that breaks is a lost connection', async () => {
  const connection = await connected(behind('jump'));
  const running = errorOf(connection.run(['sleep', '600']));
  await sleep(300);
  for (const pid of processesOf(configuration)) process.kill(Number(pid), 'SIGTERM');
  const error = await running;
  expect(error).toBeInstanceOf(UnreachableError);
  expect((error as Error).message).toMatch(/the connection was lost/);
});

test('OpenSSH goes the same way', async () => {
  const { stdout } = await withOpenSshConfig(behind('jump'), (file) => run('ssh', ['-F', file, 'pi', 'echo there']));
  expect(stdout).toBe('there');
});
