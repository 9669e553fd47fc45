import { createHash, randomBytes } from 'node:crypto';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { SshConnection } from '../../../provider/ssh/connection.ts';
import {
  CommandTimeoutError,
  connect,
  HostKeyError,
  RemoteCommandError,
  UnreachableError,
} from '../../../provider/ssh/connection.ts';
import { parseHostKey, type SshTarget } from '../../../provider/ssh/target.ts';
import { freePort, SshServer } from './ssh-server.ts';
import { Wire } from './wire.ts';

let server: SshServer;
const open: { dispose: () => void }[] = [];
beforeAll(async () => {
  server = await SshServer.start();
}, 300_000);
afterEach(() => {
  for (const connection of open.splice(0)) connection.dispose();
});
afterAll(async () => {
  await server.stop();
});

async function connected(target: SshTarget): Promise<SshConnection> {
  const connection = await connect(target, 10);
  open.push(connection);
  return connection;
}

function* chunksOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000);
}

const errorOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('the host key', () => {
  test('that is pinned is accepted', async () => {
    const connection = await connected(server.target('free'));
    expect(await connection.execute(['whoami'])).toEqual({ stdout: 'free\n', stderr: '', code: 0 });
  });

  test('may be an RSA key, with SHA-2', async () => {
    const connection = await connected(server.target('free', { hostKey: parseHostKey(server.hostKeys.rsa) }));
    expect((await connection.execute(['true'])).code).toBe(0);
  });

  test('of another machine is refused, and nothing is sent to it', async () => {
    const other = parseHostKey('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f');
    const error = await errorOf(connect(server.target('free', { hostKey: other })));
    expect(error).toBeInstanceOf(HostKeyError);
    expect((error as Error).message).toMatch(
      /^Another machine answers at the-pi.*\n {2}tried: free@127\.0\.0\.1:\d+\n[^]*recorded: ssh-ed25519 AAAA[^]*offered: {2}AAAA[^]*Nothing was sent to it/,
    );
  });

  test('of another algorithm is refused', async () => {
    const hostKey = { algorithm: 'ecdsa-sha2-nistp256', base64: 'AAAA' };
    const error = await errorOf(connect(server.target('free', { hostKey })));
    expect(error).toBeInstanceOf(HostKeyError);
    expect((error as Error).message).toMatch(/^the-pi has no ecdsa-sha2-nistp256 host key/);
  });
});

describe('the login', () => {
  const shared = (name: string) => join(server.machine.shared, name);

  test('with a key that is not accepted names the keys that were tried', async () => {
    const error = await errorOf(connect(server.target('free', { identityFiles: [shared('stranger')] })));
    expect(error).not.toBeInstanceOf(UnreachableError);
    expect((error as Error).message).toMatch(/^the-pi does not let free in[^]*stranger[^]*authorizedKeys\.keys/);
  });

  test('without any key says the same', async () => {
    const error = await errorOf(connect(server.target('free', { identityFiles: ['/no/such/key'] })));
    expect((error as Error).message).toMatch(/^the-pi does not let free in/);
  });

  test.each([
    ['that are missing', ['/no/such/key']],
    ['that are directories', ['/tmp']],
    ['that are something else', ['/etc/passwd']],
    ['with a passphrase', ['locked']],
    ['that are not accepted', ['stranger']],
  ])('passes over keys %s', async (_name, names) => {
    const files = names.map((name) => (name.startsWith('/') ? name : shared(name)));
    const connection = await connected(server.target('free', { identityFiles: [...files, server.identityFile] }));
    expect((await connection.execute(['true'])).code).toBe(0);
  });

  test('passes over an agent that is not there any more', async () => {
    const connection = await connected(server.target('free', { agentSocket: '/no/such/agent' }));
    expect((await connection.execute(['true'])).code).toBe(0);
  });
});

describe('a machine that does not answer', () => {
  let silent: Server;
  beforeAll(async () => {
    silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    silent.close();
  });

  test('because nothing listens there', async () => {
    const error = await errorOf(connect(server.target('free', { port: await freePort() })));
    expect(error).toBeInstanceOf(UnreachableError);
    expect((error as Error).message).toMatch(
      /^the-pi cannot be reached: nothing listens on its port \d+\.[^]*ECONNREFUSED[^]*is on, has its card/,
    );
  });

  test('because its name is not known', async () => {
    const error = await errorOf(connect(server.target('free', { hostname: 'no-such-host.invalid' })));
    expect(error).toBeInstanceOf(UnreachableError);
    expect((error as Error).message).toMatch(
      /^The name no-such-host\.invalid does not resolve, so the-pi cannot be reached\.[^]*(ENOTFOUND|EAI_AGAIN)[^]*getent hosts/,
    );
  });

  test('because it accepts and says nothing', async () => {
    const { port } = silent.address() as AddressInfo;
    const error = await errorOf(connect(server.target('free', { port }), 1));
    expect(error).toBeInstanceOf(UnreachableError);
    expect((error as Error).message).toMatch(/^the-pi cannot be reached: it did not answer in time\./);
  });
});

describe('a command', () => {
  test('gets its arguments as they are', async () => {
    const hostile = ['$(reboot)', '`id`', "a'b", 'a"b', ' ', '-n', ';', '*', 'a\nb', '\\', 'é', '🙂', '!!'];
    const connection = await connected(server.target('free'));
    const { stdout } = await connection.execute(['printf', '%s\\0', ...hostile]);
    expect(stdout.split('\0').slice(0, -1)).toEqual(hostile);
  });

  test('gives both streams and its exit code', async () => {
    const connection = await connected(server.target('free'));
    const script = 'echo " out "; echo " err " >&2; exit 42';
    expect(await connection.execute(['sh', '-c', script])).toEqual({ stdout: ' out \n', stderr: ' err \n', code: 42 });
  });

  test('that fails is an error where it has to succeed', async () => {
    const connection = await connected(server.target('free'));
    const error = await errorOf(connection.run(['sh', '-c', 'echo why >&2; exit 3']));
    expect(error).toBeInstanceOf(RemoteCommandError);
    expect((error as Error).message).toMatch(
      /^A command on the-pi ended with exit code 3\.\n {2}tried: sh -c 'echo why >&2; exit 3'\n {2}it said:\n {6}why\n {2}what to do: /,
    );
  });

  test('gets no input unless some is given', async () => {
    const connection = await connected(server.target('free'));
    expect((await connection.execute(['cat'])).stdout).toBe('');
    expect((await connection.execute(['cat'], { stdin: 'a\n\nb\n' })).stdout).toBe('a\n\nb\n');
    expect((await connection.execute(['wc', '-c'], { stdin: 'é'.repeat(500_000) })).stdout).toBe('1000000\n');
  });

  test('may print much, in any language', async () => {
    const connection = await connected(server.target('free'));
    const { stdout } = await connection.execute(['sh', '-c', 'yes "🙂é" | head -n 100000'], { timeoutSeconds: 30 });
    expect(stdout).toBe('🙂é\n'.repeat(100_000));
  });

  test('that is ended by a signal has no exit code, and is no success', async () => {
    const connection = await connected(server.target('free'));
    const error = await errorOf(connection.execute(['sh', '-c', 'echo before; kill -KILL $$']));
    expect(error).toBeInstanceOf(RemoteCommandError);
    expect(error).toMatchObject({ signal: 'SIGKILL', result: { code: 137, stdout: 'before\n' } });
    expect((error as Error).message).toMatch(/^A command on the-pi was ended by SIGKILL\./);
  });

  test('that takes too long is given up', async () => {
    const connection = await connected(server.target('free'));
    const error = await errorOf(connection.execute(['sleep', '600'], { timeoutSeconds: 0.5 }));
    expect(error).toBeInstanceOf(CommandTimeoutError);
    expect((error as Error).message).toMatch(/did not finish: no end after 0\.5 s\.\n {2}tried: sleep 600/);
  });

  test('can run beside another one', async () => {
    const connection = await connected(server.target('free'));
    const words = ['a', 'b', 'c', 'd', 'e'];
    const results = await Promise.all(words.map((word) => connection.execute(['echo', word])));
    expect(results.map(({ stdout }) => stdout)).toEqual(words.map((word) => `${word}\n`));
  });
});

describe('the lines of a command', () => {
  test('are told as they come, with characters whole that packets share', async () => {
    const connection = await connected(server.target('free'));
    const lines: string[] = [];
    const script = `printf '\\360\\237'; sleep 0.2; printf '\\231\\202\\nsecond'; sleep 0.2; printf ' part\\n\\nlast'; echo err >&2`;
    const errors: string[] = [];
    const { stdout } = await connection.execute(['sh', '-c', script], {
      onStdoutLine: (line) => lines.push(line),
      onStderrLine: (line) => errors.push(line),
    });
    expect(lines).toEqual(['🙂', 'second part', '', 'last']);
    expect(errors).toEqual(['err']);
    expect(stdout).toBe('🙂\nsecond part\n\nlast');
  });

  test('are told before the command ends', async () => {
    const connection = await connected(server.target('free'));
    const lines: string[] = [];
    // The command ends when its line was answered.
    const stdin = new PassThrough();
    await connection.run(['sh', '-c', 'echo ask; read answer; echo "$answer"'], {
      stdin,
      onStdoutLine: (line) => {
        lines.push(line);
        if (line === 'ask') stdin.end('answered\n');
      },
    });
    expect(lines).toEqual(['ask', 'answered']);
  });

  test('whose reader throws end the command with that error', async () => {
    const connection = await connected(server.target('free'));
    const running = connection.run(['sh', '-c', 'echo line; sleep 600'], {
      onStdoutLine: (line) => {
        throw new Error(`no such ${line}`);
      },
    });
    await expect(running).rejects.toThrow(/^no such line$/);
    expect((await connection.run(['echo', 'goes on'])).stdout).toBe('goes on\n');
  });
});

describe('a stream as input', () => {
  test('is passed on whole', async () => {
    const connection = await connected(server.target('free'));
    const bytes = randomBytes(8_000_000);
    const { stdout } = await connection.run(['sha256sum'], { stdin: Readable.from(chunksOf(bytes)) });
    expect(stdout.slice(0, 64)).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  test('is read no faster than the command takes it', async () => {
    const connection = await connected(server.target('free'));
    let read = 0;
    const endless = new Readable({
      read() {
        read += 65_536;
        this.push(Buffer.alloc(65_536));
      },
    });
    await connection.run(['sh', '-c', 'sleep 1; head -c 1 > /dev/null'], { stdin: endless });
    // The window of the channel, the buffers on the way, and the pipe of the command.
    expect(read).toBeLessThan(16_000_000);
    expect(endless.destroyed).toBe(true);
  });

  test('that fails is no end of the input, and its error is told', async () => {
    const connection = await connected(server.target('free'));
    const stdin = new PassThrough();
    const running = errorOf(connection.run(['cat'], { stdin }));
    stdin.write('half');
    stdin.destroy(new Error('the sender died'));
    expect(await running).toMatchObject({ message: 'the sender died' });
  });
});

describe('a connection that is lost', () => {
  let wire: Wire;
  let connection: SshConnection;
  // What is thrown where nobody listens would leave the engine waiting for ever.
  const stray: unknown[] = [];
  const onStray = (error: unknown) => stray.push(error);
  beforeAll(() => {
    process.on('uncaughtException', onStray);
    process.on('unhandledRejection', onStray);
  });
  afterAll(() => {
    process.off('uncaughtException', onStray);
    process.off('unhandledRejection', onStray);
  });
  const overTheWire = async () => {
    wire = await Wire.to(server.port);
    connection = await connected(server.target('free', { port: wire.port }));
  };
  afterEach(async () => {
    await wire.close();
    await sleep(50);
    expect(stray.splice(0)).toEqual([]);
  });

  test('in the middle of a command', async () => {
    await overTheWire();
    const running = errorOf(connection.execute(['sleep', '600']));
    await sleep(300);
    wire.cut();
    const error = await running;
    expect(error).toBeInstanceOf(UnreachableError);
    expect((error as Error).message).toMatch(/^A command on the-pi did not finish: the connection was lost\./);
  });

  test('between two commands', async () => {
    await overTheWire();
    await connection.execute(['true']);
    wire.cut();
    await sleep(100);
    const error = await errorOf(connection.execute(['true']));
    expect(error).toBeInstanceOf(UnreachableError);
    expect((error as Error).message).toMatch(/^A command on the-pi did not finish: the connection was lost/);
  });

  test('at the very moment of a command', async () => {
    await overTheWire();
    wire.cut();
    expect(await errorOf(connection.execute(['true']))).toBeInstanceOf(UnreachableError);
  });

  test('without a word is noticed', async () => {
    await overTheWire();
    const running = errorOf(connection.execute(['sleep', '600'], { timeoutSeconds: 100 }));
    await sleep(300);
    wire.freeze();
    const error = await running;
    expect(error).toBeInstanceOf(UnreachableError);
    expect((error as Error).message).toMatch(/the connection was lost \(nothing came from it for 10 s\)/);
  }, 60_000);

  test('is not what a command is that says nothing for long', async () => {
    await overTheWire();
    expect((await connection.execute(['sh', '-c', 'sleep 14; echo done'])).stdout).toBe('done\n');
  }, 60_000);
});
