import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { buffer } from 'node:stream/consumers';
import { afterEach, expect, test } from '@jest/globals';
import { type Proxy, startDelayingProxy } from '../../../lab/long-link/proxy.ts';

const delay = 40;
let server: Server | undefined;
let proxy: Proxy | undefined;

afterEach(async () => {
  await proxy?.close();
  server?.close();
  [proxy, server] = [undefined, undefined];
});

/** A connection through a proxy to a server that does `serve` with each of its own. */
async function through(serve: (socket: Socket) => void): Promise<Socket> {
  server = createServer({ allowHalfOpen: true }, serve).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  proxy = await startDelayingProxy({ host: '127.0.0.1', port }, delay, '127.0.0.1');
  const socket = connect({ host: '127.0.0.1', port: proxy.port, allowHalfOpen: true });
  await once(socket, 'connect');
  return socket;
}

test('what is sent before the far side is connected, and all after it, arrives whole and in order; so does its end', async () => {
  const socket = await through((far) => far.pipe(far));
  const parts = Array.from({ length: 40 }, (_, index) => randomBytes(index * 1000 + 1));
  for (const part of parts) socket.write(part);
  socket.end();
  expect((await buffer(socket)).equals(Buffer.concat(parts))).toBe(true);
});

test('nothing arrives before its time: a word there and back takes both ways, the first one the handshake too', async () => {
  const socket = await through((far) => far.pipe(far));
  const roundTrip = async () => {
    const start = performance.now();
    socket.write('ping');
    await once(socket, 'data');
    return performance.now() - start;
  };
  // A timer may be early by less than a millisecond.
  expect(await roundTrip()).toBeGreaterThan(4 * delay - 4);
  expect(await roundTrip()).toBeGreaterThan(2 * delay - 2);
  socket.destroy();
});

test('a connection that breaks, and a port that nobody listens on, break the near side', async () => {
  const broken = await through((far) => far.resetAndDestroy());
  await expect(once(broken, 'close')).rejects.toThrow('ECONNRESET');
  server?.close();
  const refused = connect({ host: '127.0.0.1', port: proxy?.port ?? 0 });
  await expect(once(refused, 'close')).rejects.toThrow('ECONNRESET');
});
