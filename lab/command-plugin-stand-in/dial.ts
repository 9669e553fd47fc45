import { setTimeout as sleep } from 'node:timers/promises';
import ssh2, { type Client, type ConnectConfig } from 'ssh2';
import type { Connection } from './inputs.ts';

/**
 * Connects, again and again: `dialErrorLimit` times, or for ever when that is -1.
 *
 * @throws Error of the last attempt
 */
export async function dial(
  connection: Connection,
  onRetry: (line: string) => void,
  signal: AbortSignal,
): Promise<Client> {
  const config = connectConfig(connection);
  const limit = connection.dialErrorLimit;
  for (let failed = 0, delay = 100; ; delay = Math.min(delay * 1.5, 5000)) {
    try {
      return await connectOnce(config, connection);
    } catch (error) {
      if (limit >= 0 && failed >= limit) {
        throw new Error(`after ${String(failed)} failed attempts: ${dialError(error, connection)}`, { cause: error });
      }
      failed += 1;
      onRetry(`Dial ${String(failed)}/${limit < 0 ? 'inf' : String(limit)} failed: retrying`);
      await sleep(delay, undefined, { signal });
    }
  }
}

function connectConfig(connection: Connection): ConnectConfig {
  const agent = connection.agentSocketPath ?? process.env['SSH_AUTH_SOCK'];
  return {
    host: connection.host,
    port: connection.port,
    username: connection.user,
    readyTimeout: connection.perDialTimeout * 1000,
    ...(connection.privateKey === undefined ? {} : { privateKey: connection.privateKey }),
    ...(connection.privateKeyPassword === undefined ? {} : { passphrase: connection.privateKeyPassword }),
    ...(connection.password === undefined ? {} : { password: connection.password, tryKeyboard: true }),
    ...(agent === undefined || agent === '' ? {} : { agent }),
    ...(connection.hostKey === undefined ? {} : expectHostKey(connection.hostKey)),
  };
}

function expectHostKey(text: string): ConnectConfig {
  const expected = ssh2.utils.parseKey(text);
  if (expected instanceof Error) throw new Error(`hostKey: ${expected.message}`, { cause: expected });
  const blob = expected.getPublicSSH();
  const algorithms = expected.type === 'ssh-rsa' ? (['rsa-sha2-512', 'rsa-sha2-256'] as const) : [expected.type];
  return {
    algorithms: { serverHostKey: algorithms as NonNullable<ConnectConfig['algorithms']>['serverHostKey'] & object },
    hostVerifier: (key: Buffer) => key.equals(blob),
  };
}

async function connectOnce(config: ConnectConfig, { password }: Connection): Promise<Client> {
  const client = new ssh2.Client();
  try {
    await new Promise<void>((resolve, reject) => {
      client.on('keyboard-interactive', (_name, _instructions, _language, prompts, finish) => {
        finish(prompts.map(() => password ?? ''));
      });
      client.on('ready', resolve).on('error', reject).connect(config);
    });
  } catch (error) {
    client.destroy();
    throw error;
  }
  return client;
}

/** In the words of the Go library that the plugin is built on. */
function dialError(error: unknown, { host, port }: Connection): string {
  if (!(error instanceof Error)) return String(error);
  const { code, level } = error as { code?: string; level?: string };
  const endpoint = `dial tcp ${host}:${String(port)}`;
  if (code === 'ECONNREFUSED') return `${endpoint}: connect: connection refused`;
  if (code === 'EHOSTUNREACH') return `${endpoint}: connect: no route to host`;
  if (code === 'ENETUNREACH') return `${endpoint}: connect: network is unreachable`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `dial tcp: lookup ${host}: no such host`;
  if (level === 'client-timeout') return `${endpoint}: i/o timeout`;
  if (level === 'client-authentication')
    return 'ssh: handshake failed: ssh: unable to authenticate, no supported methods remain';
  if (/host.?key|verification/i.test(error.message)) return 'ssh: handshake failed: ssh: host key mismatch';
  return `ssh: handshake failed: ${error.message}`;
}
