import { once } from 'node:events';
import { createServer, Socket } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** Where a connection through the proxy ends. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** A listening proxy. */
export interface Proxy {
  readonly port: number;
  /** Ends what goes through it, too. */
  readonly close: () => Promise<void>;
}

/**
 * Leads to another port as a long link does: all that is sent arrives `delayMilliseconds` later, each way, in order and however
 * much it is. A new connection takes the time of its handshake.
 *
 * @param address of the interface to listen on
 */
export async function startDelayingProxy(to: Endpoint, delayMilliseconds: number, address: string): Promise<Proxy> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    for (const socket of [near, connectLater(near, to, delayMilliseconds)]) {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    }
  });
  server.listen(0, address);
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => close(server, sockets) };
}

function connectLater(near: Socket, to: Endpoint, delay: number): Socket {
  const far = new Socket({ allowHalfOpen: true });
  // Of the handshake's three packets the near side waits for two, the far side for all. Here the near side is connected at
  // once, but nothing that it says leaves before.
  const handshake = performance.now() + 2 * delay;
  const connected = sleep(3 * delay).then(() => connect(far, to));
  deliver(near, far, { delay, earliest: handshake, ready: connected });
  deliver(far, near, { delay, earliest: handshake, ready: Promise.resolve() });
  return far;
}

/** Where it cannot, the socket says so itself. */
async function connect(socket: Socket, to: Endpoint): Promise<void> {
  if (socket.destroyed) return;
  socket.setNoDelay(true).connect(to);
  await once(socket, 'connect').catch(() => undefined);
}

interface Direction {
  readonly delay: number;
  /** Nothing is sent before. */
  readonly earliest: number;
  /** Nothing arrives before. */
  readonly ready: Promise<void>;
}

function deliver(from: Socket, to: Socket, { delay, earliest, ready }: Direction): void {
  let delivered = ready;
  const later = (act: () => void) => {
    const due = Math.max(performance.now(), earliest) + delay;
    delivered = delivered.then(() => sleep(Math.max(0, due - performance.now()))).then(act);
  };
  from.on('data', (chunk: Buffer) => {
    later(() => to.write(chunk));
  });
  from.on('end', () => {
    later(() => to.end());
  });
  from.on('error', () => {
    later(() => to.resetAndDestroy());
  });
}

async function close(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  for (const socket of sockets) socket.destroy();
  await closed;
}
