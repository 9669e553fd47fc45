import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import ssh2, { type Connection, type Session } from 'ssh2';
import { generateHostKey } from '../../../provider/card/host-key.ts';

/** An SSH server that runs what it is asked to with this machine's shell; it lets one key in, and shows another. */
export class SshServer {
  readonly privateKey: string;
  readonly hostKey: string;
  port = 0;
  readonly #server: InstanceType<typeof ssh2.Server>;
  readonly #clients = new Set<Connection>();

  constructor() {
    const user = generateHostKey();
    const host = generateHostKey();
    const rsa = ssh2.utils.generateKeyPairSync('rsa', { bits: 2048 });
    this.privateKey = user.privateKey;
    this.hostKey = host.publicKey;
    this.#server = new ssh2.Server({ hostKeys: [rsa.private, host.privateKey] }, (client) => {
      this.#clients.add(client.on('close', () => this.#clients.delete(client)));
      accept(client, user.publicKey);
    });
  }

  async listen(port = 0): Promise<void> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.end();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function accept(client: Connection, publicKey: string): void {
  const allowed = ssh2.utils.parseKey(publicKey);
  if (allowed instanceof Error) throw allowed;
  client.on('authentication', (context) => {
    const fits = context.method === 'publickey' && context.key.data.equals(allowed.getPublicSSH());
    if (fits) context.accept();
    else context.reject(['publickey']);
  });
  client.on('session', (acceptSession) => {
    serve(acceptSession());
  });
  client.on('error', () => undefined);
}

function serve(session: Session): void {
  const environment: Record<string, string> = {};
  session.on('env', (_accept, _reject, { key, val }) => {
    environment[key] = val;
  });
  session.on('exec', (acceptExec, _reject, { command }) => {
    const channel = acceptExec();
    const child = spawn('/bin/sh', ['-c', command], { env: { ...process.env, ...environment } });
    channel.pipe(child.stdin);
    child.stdout.pipe(channel, { end: false });
    child.stderr.pipe(channel.stderr, { end: false });
    child.stdin.on('error', () => undefined);
    child.on('close', (code, signal) => {
      if (code === null) channel.exit(String(signal).replace(/^SIG/, ''), false, '');
      else channel.exit(code);
      channel.end();
    });
  });
}
