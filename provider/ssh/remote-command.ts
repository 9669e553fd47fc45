import { PassThrough, pipeline, Readable } from 'node:stream';
import type { Client, ClientChannel } from 'ssh2';
import { LineReader } from '../process/lines.ts';
import { type PasswordDialogue, passwordListener } from './password-dialogue.ts';

export interface RemoteOptions {
  /** Standard input of the command; a stream is read as fast as the Pi takes it, and destroyed at the end. Default: none. */
  readonly stdin?: string | Readable;
  /** A password that the command asks for before it starts. */
  readonly password?: PasswordDialogue;
  /**
   * How long the command may take, in seconds; default 60. `none` is for what may take any time: it ends with the connection,
   * whose loss is noticed within seconds.
   */
  readonly timeoutSeconds?: number | 'none';
  /** Gets standard output as it comes, as bytes; the result has none of it then. */
  readonly onStdout?: (chunk: Buffer) => void;
  /** Gets each line of standard output as it comes, without its line end. */
  readonly onStdoutLine?: (line: string) => void;
  /** Gets each line of the command's own standard error as it comes, without its line end. */
  readonly onStderrLine?: (line: string) => void;
}

export interface RemoteResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** How a command ended: with a code, by a signal, or with neither where the connection was lost. */
export interface RemoteEnding {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
  readonly signal: string | null;
}

/** One command line on the Pi, from its start to its end. */
export class RemoteCommand {
  /** @throws Error of ssh2 where there is no connection any more, or whatever the caller's stream or line reader threw. */
  readonly ending: Promise<RemoteEnding>;
  readonly #options: RemoteOptions;
  /** Between what the caller gives and the channel: closing it never looks like the end of the input. */
  readonly #input = new PassThrough();
  #channel: ClientChannel | undefined;
  #failure: Error | undefined;
  #givenUp = false;
  #reject: (error: Error) => void = () => undefined;

  constructor(client: Client, commandLine: string, options: RemoteOptions) {
    this.#options = options;
    this.ending = this.#run(client, commandLine);
  }

  /** What the caller's stream or line reader threw; the command was given up because of it. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Gives the command up; it may go on on the Pi. */
  close(): void {
    this.#givenUp = true;
    this.#channel?.close();
    this.#releaseInput();
  }

  async #run(client: Client, commandLine: string): Promise<RemoteEnding> {
    const { stdin } = this.#options;
    try {
      return await new Promise<RemoteEnding>((resolve, reject) => {
        this.#reject = reject;
        const closed = () => {
          reject(new Error('it was closed'));
        };
        if (stdin instanceof Readable) {
          stdin.on('error', (error) => {
            this.#fail(error);
          });
        }
        client.once('close', closed);
        client.exec(commandLine, (error, channel) => {
          client.off('close', closed);
          if (error) reject(error);
          // At once: the rest of the packet may hold all that the command says, and its end.
          else this.#follow(channel, resolve);
        });
      });
    } finally {
      this.#releaseInput();
    }
  }

  #follow(channel: ClientChannel, resolve: (ending: RemoteEnding) => void): void {
    this.#channel = channel;
    if (this.#givenUp) channel.close();
    let code: number | null = null;
    let signal: string | null = null;
    const { onStdout, onStdoutLine } = this.#options;
    const stdout = onStdout ? this.#forward(channel, onStdout) : this.#collect(channel, onStdoutLine);
    const stderr = this.#collect(channel.stderr, this.#options.onStderrLine, this.#startInput());
    channel.on('exit', (exitCode: number | null, signalName?: string) => {
      code = exitCode;
      signal = signalName ?? null;
    });
    // What is written when the command has ended already is an error of the stream; the channel's end follows.
    channel.on('error', () => undefined);
    channel.once('close', () => {
      resolve({ code, signal, stdout: stdout(), stderr: stderr() });
    });
    this.#input.pipe(channel);
  }

  /** Starts the input, at once or when the command has its password; gives what of standard error is the command's own. */
  #startInput(): (chunk: Buffer) => Buffer {
    const { stdin, password } = this.#options;
    const begin = () => {
      if (!(stdin instanceof Readable)) {
        this.#input.end(stdin ?? '');
        return;
      }
      pipeline(stdin, this.#input, (error) => {
        if (error) this.#fail(error);
      });
    };
    if (password !== undefined) return passwordListener(password, this.#input, begin);
    begin();
    return (chunk) => chunk;
  }

  #forward(stream: Readable, onChunk: (chunk: Buffer) => void): () => string {
    stream.on('data', (chunk: Buffer) => {
      this.#guarded(() => {
        onChunk(chunk);
      });
    });
    return () => '';
  }

  #collect(
    stream: Readable,
    onLine: ((line: string) => void) | undefined,
    own = (chunk: Buffer): Buffer => chunk,
  ): () => string {
    const chunks: Buffer[] = [];
    const lines = onLine && new LineReader(onLine);
    stream.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      const visible = own(chunk);
      this.#guarded(() => lines?.write(visible));
    });
    return () => {
      this.#guarded(() => lines?.end());
      return Buffer.concat(chunks).toString();
    };
  }

  // What is thrown inside an event of a stream would end the process.
  #guarded(work: () => void): void {
    try {
      if (this.#failure === undefined) work();
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  // The Pi confirms the end of a channel only when the command has ended, which may be never.
  #fail(error: Error): void {
    this.#failure ??= error;
    this.close();
    this.#reject(this.#failure);
  }

  #releaseInput(): void {
    this.#input.destroy();
    if (this.#options.stdin instanceof Readable) this.#options.stdin.destroy();
  }
}
