import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { RemoteCommandError, type RemoteOptions } from '../ssh/connection.ts';

/** Starts `nix-daemon --stdio` on another machine, with these streams; ends when it ends. */
export type OpenStore = (
  streams: Pick<RemoteOptions, 'onStdout' | 'timeoutSeconds'> & { readonly stdin: PassThrough },
) => Promise<unknown>;

/**
 * Makes the Nix store of another machine a store of this one, over a connection that is open already: a socket that speaks
 * the protocol of Nix' daemon, and behind it a daemon on the other side.
 *
 * `ssh-ng://` does the same over an ssh of its own. Here nothing has to be connected and authenticated again, the daemon may run
 * as root, also where sudo wants a password, and so takes paths without a signature. `nix-store --import` as root would take
 * them too, but holds each path in memory, and a Pi has little (nix/src/libstore/export-import.cc).
 *
 * @param use gets the store's address, for `--to`. Reading from it does not work: Nix takes a socket's store for this machine's.
 * @throws what ended the daemon, if it ended first; else what `use` throws.
 */
export async function withRemoteStore<T>(open: OpenStore, use: (address: string) => Promise<T>): Promise<T> {
  // A socket's path has at most 107 bytes (unix(7)).
  const directory = await mkdtemp(join(tmpdir().length > 60 ? '/tmp' : tmpdir(), 'nixos-pi-store-'));
  const relays = new Set<Promise<void>>();
  const sockets = new Set<Socket>();
  const failures: unknown[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    relays.add(relay(socket, open).catch((error: unknown) => void failures.push(error)));
  });
  try {
    const path = join(directory, 'socket');
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
    return await use(`unix://${path}`);
  } catch (error) {
    for (const socket of sockets) socket.destroy();
    // A connection that died is noticed within seconds; why the daemon ended says more than that it did.
    await Promise.race([Promise.all(relays), sleep(30_000, undefined, { ref: false })]);
    throw failures[0] ?? error;
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
    await rm(directory, { recursive: true, force: true });
  }
}

async function relay(socket: Socket, open: OpenStore): Promise<void> {
  const stdin = socket.pipe(new PassThrough());
  socket.on('error', () => undefined);
  // Also where the client is killed, and so says no end.
  socket.once('close', () => stdin.end());
  try {
    await open({ stdin, onStdout: (chunk) => socket.write(chunk), timeoutSeconds: 'none' });
    socket.end();
  } catch (error) {
    // A daemon complains when its client goes away in the middle; the client says why.
    const clientLeft = stdin.writableEnded;
    socket.destroy();
    if (!(clientLeft && error instanceof RemoteCommandError)) throw error;
  }
}
