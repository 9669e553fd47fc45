import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { UnreachableError } from '../../../provider/ssh/errors.ts';
import { awaitGreeting } from '../../../provider/ssh/greeting.ts';
import { freePort, SshServer } from './ssh-server.ts';

let ssh: SshServer;
let server: Server | undefined;
beforeAll(async () => {
  ssh = await SshServer.start();
}, 300_000);
afterEach(async () => {
  if (server !== undefined) await new Promise((resolve) => server?.close(resolve));
  server = undefined;
});
afterAll(async () => {
  await ssh.stop();
});

/** A server that does this with whoever connects. */
async function serving(greet: (socket: Socket) => void): Promise<number> {
  server = createServer(greet).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const at = (port: number) => ssh.target('free', { hostname: '127.0.0.1', port });

describe('whether something answers where a Pi is to be', () => {
  test('is known when an SSH server greets, whoever it is and whomever it lets in', async () => {
    await awaitGreeting(ssh.target('free', { user: 'nobody' }), 10);
  });

  test('is known through a command that leads there', async () => {
    await awaitGreeting(ssh.target('free', { port: 1, proxyCommand: 'echo SSH-2.0-behind' }), 10);
  });

  test('is waited for while it starts', async () => {
    const port = await freePort();
    const greeted = awaitGreeting(at(port), 30);
    setTimeout(() => {
      server = createServer((socket) => socket.end('SSH-2.0-late\r\n')).listen(port, '127.0.0.1');
    }, 1000);
    await greeted;
  });

  test.each<[string, (socket: Socket) => void, string]>([
    ['a server that says nothing', () => undefined, 'it did not answer in time'],
    ['a server that hangs up', (socket) => socket.end(), 'cannot be reached'],
  ])('is not so for %s', async (_name, greet, what) => {
    const port = await serving((socket) => {
      socket.on('error', () => undefined);
      greet(socket);
    });
    const error: unknown = await awaitGreeting(at(port), 2).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(UnreachableError);
    expect((error as UnreachableError).problem.what).toContain(what);
  });

  test('is not so where nothing listens', async () => {
    const error: unknown = await awaitGreeting(at(await freePort()), 2).catch((caught: unknown) => caught);
    expect((error as UnreachableError).problem.what).toContain('nothing listens on its port');
  });
});
