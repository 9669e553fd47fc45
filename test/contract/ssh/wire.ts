import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Transform } from 'node:stream';

/** A port of 127.0.0.1 that leads to another one, and can be cut. */
export class Wire {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;
  readonly #counter: { bytes: number };

  private constructor(server: Server, sockets: Set<Socket>, counter: { bytes: number }) {
    this.#server = server;
    this.#sockets = sockets;
    this.#counter = counter;
    this.port = (server.address() as AddressInfo).port;
  }

  /** What came from the near end so far. */
  get bytes(): number {
    return this.#counter.bytes;
  }

  /**
   * @param own the port itself; default: any that is free.
   * @param milliseconds how long everything is on its way, in each direction.
   */
  static async to(port: number, own = 0, milliseconds = 0): Promise<Wire> {
    const sockets = new Set<Socket>();
    const counter = { bytes: 0 };
    const server = createServer((near) => {
      const far = connect(port, '127.0.0.1');
      for (const socket of [near, far]) {
        sockets.add(socket);
        socket.on('error', () => socket.destroy());
      }
      near.on('data', (chunk: Buffer) => {
        counter.bytes += chunk.length;
      });
      if (milliseconds === 0) near.pipe(far).pipe(near);
      else near.pipe(delay(milliseconds)).pipe(far).pipe(delay(milliseconds)).pipe(near);
    });
    await new Promise<void>((resolve) => server.listen(own, '127.0.0.1', resolve));
    return new Wire(server, sockets, counter);
  }

  /** Ends what goes over it with a reset, as a router that was restarted does; new connections work. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
    this.#sockets.clear();
  }

  /** Nothing goes through any more and nobody is told, as when the plug is pulled. */
  freeze(): void {
    for (const socket of this.#sockets) socket.unpipe().pause();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Passes chunks on later, in their order, without limiting how many are on their way. */
function delay(milliseconds: number): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      setTimeout(() => this.push(chunk), milliseconds);
      done();
    },
    flush(done) {
      setTimeout(done, milliseconds);
    },
  });
}
