import { chmodSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseHostKey, type SshTarget } from '../../../provider/ssh/target.ts';
import { DebianMachine } from './debian-machine.ts';

/** The password of every login: with everything in it that a shell would read otherwise. */
export const password = `correct "horse" $battery \`staple\` 'x'`;

/** Logins by what sudo does for them: `free` is not asked for a password, `asked` is, `refused` may not use sudo. */
export type Login = 'root' | 'free' | 'asked' | 'refused';

/** A real sshd on a port of 127.0.0.1, with real logins, keys and sudo. */
export class SshServer {
  readonly machine: DebianMachine;
  readonly port: number;
  /** Private key that every login accepts. */
  readonly identityFile: string;
  /** The server's public host keys. */
  readonly hostKeys: { readonly ed25519: string; readonly rsa: string };

  private constructor(machine: DebianMachine, port: number) {
    this.machine = machine;
    this.port = port;
    this.identityFile = join(machine.shared, 'id');
    const key = (type: string) => readFileSync(join(machine.shared, `host_${type}.pub`), 'utf8').trim();
    this.hostKeys = { ed25519: key('ed25519'), rsa: key('rsa') };
  }

  /** @param penalties whether it shuts out whoever is refused too often, as sshd does by default. */
  static async start({ penalties = false } = {}): Promise<SshServer> {
    const machine = await DebianMachine.start();
    try {
      const port = await freePort();
      await makeKeys(machine);
      await makeLogins(machine);
      configure(machine, port, penalties);
      machine.start('/usr/sbin/sshd', '-D', '-e', '-f', '/etc/ssh/contract_config');
      const server = new SshServer(machine, port);
      await untilItListens(machine, port);
      return server;
    } catch (error) {
      await machine.stop();
      throw error;
    }
  }

  /** How to reach it as one of its logins. */
  target(user: Login, change: Partial<SshTarget> = {}): SshTarget {
    return {
      name: 'the-pi',
      hostname: '127.0.0.1',
      port: this.port,
      user,
      identityFiles: [this.identityFile],
      agentSocket: undefined,
      hostKey: parseHostKey(this.hostKeys.ed25519),
      ...change,
    };
  }

  stop(): Promise<void> {
    return this.machine.stop();
  }
}

/** A port of 127.0.0.1 on which nothing listens. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function makeKeys(machine: DebianMachine): Promise<void> {
  const make = (name: string, type: string, passphrase = '') =>
    machine.run('ssh-keygen', '-q', '-t', type, '-N', passphrase, '-C', '', '-f', join(machine.shared, name));
  // ssh2 reads RSA keys of the usual size only; sshd refuses host keys that others may read.
  await Promise.all([
    make('id', 'ed25519'),
    make('stranger', 'ed25519'),
    make('locked', 'ed25519', 'passphrase'),
    make('host_ed25519', 'ed25519'),
    make('host_rsa', 'rsa'),
  ]);
  chmodSync(machine.shared, 0o755);
}

async function makeLogins(machine: DebianMachine): Promise<void> {
  for (const login of ['free', 'asked', 'refused']) await machine.run('useradd', '-m', '-s', '/bin/bash', login);
  machine.write(
    '/root/passwords',
    ['root', 'free', 'asked', 'refused'].map((login) => `${login}:${password}\n`).join(''),
  );
  await machine.run('sh', '-c', 'chpasswd < /root/passwords && rm /root/passwords');
  machine.write('/etc/sudoers.d/contract', 'free ALL=(ALL) NOPASSWD: ALL\nasked ALL=(ALL) ALL\n', 0o440);
  machine.write('/etc/ssh/authorized', readFileSync(join(machine.shared, 'id.pub'), 'utf8'));
}

function configure(machine: DebianMachine, port: number, penalties: boolean): void {
  const lines = [
    'ListenAddress 127.0.0.1',
    `Port ${String(port)}`,
    `HostKey ${join(machine.shared, 'host_ed25519')}`,
    `HostKey ${join(machine.shared, 'host_rsa')}`,
    'AuthorizedKeysFile /etc/ssh/authorized',
    'PermitRootLogin yes',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'UsePAM no',
    'PidFile none',
    'MaxStartups 100',
    `PerSourcePenalties ${penalties ? 'yes' : 'no'}`,
  ];
  machine.write('/etc/ssh/contract_config', `${lines.join('\n')}\n`);
  machine.write('/run/sshd/.keep', '');
}

async function untilItListens(machine: DebianMachine, port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if ((await machine.run('ss', '-Hltn', `sport = :${String(port)}`)) !== '') return;
    await sleep(50);
  }
  throw new Error('sshd did not start');
}
