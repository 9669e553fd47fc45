import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { performance } from 'node:perf_hooks';
import { Client } from 'ssh2';
import type { ClientCallback, ClientChannel } from 'ssh2';

/** Something that took its time; a line of progress takes none. */
export interface TraceEvent {
  readonly kind: 'progress' | 'process' | 'connection' | 'command';
  /** The progress line, the command line, or the host. */
  readonly text: string;
  /** Seconds since the trace began. */
  readonly from: number;
  readonly to: number;
}

/** What a handler does and waits for, written down from outside, so that the handler need not know. */
export class Trace {
  readonly events: TraceEvent[] = [];
  #began = performance.now();

  seconds(): number {
    return (performance.now() - this.#began) / 1000;
  }

  progress(text: string): void {
    this.#add('progress', text, this.seconds());
  }

  /** Watches this whole process: there is one trace in it. */
  begin(): void {
    this.#began = performance.now();
    this.#watchProcesses();
    this.#watchConnections();
    this.#watchCommands();
  }

  #watchProcesses(): void {
    subscribe('child_process', (message) => {
      const { process: child } = message as { process: ChildProcess };
      const from = this.seconds();
      child.once('exit', () => {
        this.#add('process', child.spawnargs.join(' '), from);
      });
    });
  }

  #watchConnections(): void {
    beforeEach('connect', (client, [settings]) => {
      const from = this.seconds();
      const { username } = settings as { username: string };
      client.once('ready', () => {
        this.#add('connection', `connecting as ${username}`, from);
      });
    });
  }

  #watchCommands(): void {
    beforeEach('exec', (_client, args) => {
      const from = this.seconds();
      const callback = args.at(-1) as ClientCallback;
      args[args.length - 1] = (error: Error | undefined, channel: ClientChannel) => {
        channel.once('close', () => {
          this.#add('command', plainCommand(String(args[0])), from);
        });
        callback(error, channel);
      };
    });
  }

  #add(kind: TraceEvent['kind'], text: string, from: number): void {
    this.events.push({ kind, text, from, to: this.seconds() });
  }
}

type Method = (this: Client, ...args: unknown[]) => unknown;

function beforeEach(name: 'connect' | 'exec', look: (client: Client, args: unknown[]) => void): void {
  const original = Reflect.get(Client.prototype, name) as Method;
  Reflect.set(Client.prototype, name, function (this: Client, ...args: unknown[]): unknown {
    look(this, args);
    return Reflect.apply(original, this, args);
  });
}

/** What a command says that was encoded for any login shell, without what only gives it root. */
export function plainCommand(line: string): string {
  const plain = line.replace(/^\/bin\/sh -c '[^']*' sh '([^']*)'$/, (_, encoded: string) => decoded(encoded));
  return plain.replace(/^.*?\b(sudo|run0|doas)\b.*?'\[started [0-9a-f-]+\]' /s, 'as root: ');
}

// A byte is `=` and three octal digits; those of a character beyond ASCII stand side by side.
function decoded(text: string): string {
  return text.replaceAll(/(?:=[0-7]{3})+/g, (bytes) =>
    Buffer.from((bytes.match(/[0-7]{3}/g) ?? []).map((octal) => Number.parseInt(octal, 8))).toString(),
  );
}
