import { StringDecoder } from 'node:string_decoder';
import type { Inputs } from './inputs.ts';

/** What a command said: kept as outputs, and shown line by line while it runs. */
export class CommandOutput {
  stdout = '';
  stderr = '';
  /** Both, in the order in which they came: for error messages. */
  both = '';
  readonly #logging: Inputs['logging'];
  readonly #onLine: (line: string) => void;
  readonly #pending = { stdout: '', stderr: '' };
  readonly #decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };

  constructor(logging: Inputs['logging'], onLine: (line: string) => void) {
    this.#logging = logging;
    this.#onLine = onLine;
  }

  write(stream: 'stdout' | 'stderr', chunk: Buffer): void {
    const text = this.#decoders[stream].write(chunk);
    this[stream] += text;
    this.both += text;
    if (!this.#isLogged(stream)) return;
    const lines = (this.#pending[stream] + text).split('\n');
    this.#pending[stream] = lines.pop() ?? '';
    lines.forEach(this.#onLine);
  }

  #isLogged(stream: 'stdout' | 'stderr'): boolean {
    return this.#logging === undefined || this.#logging === stream || this.#logging === 'stdoutAndStderr';
  }

  /** The resource's outputs: without one final newline. */
  properties(): { stdout: string; stderr: string } {
    return { stdout: this.stdout.replace(/\n$/, ''), stderr: this.stderr.replace(/\n$/, '') };
  }

  /** The error of a command that failed, in the plugin's form. */
  failure(ending: string, command: string): Error {
    return new Error(`${ending}: running ${JSON.stringify(command)}:\n${this.both}`);
  }
}

/** The previous run's output, as environment variables for the next. */
export function previousOutput(inputs: Inputs, previous: { stdout: string; stderr: string }): Record<string, string> {
  if (!inputs.addPreviousOutputInEnv) return {};
  return {
    ...(previous.stdout === '' ? {} : { PULUMI_COMMAND_STDOUT: previous.stdout }),
    ...(previous.stderr === '' ? {} : { PULUMI_COMMAND_STDERR: previous.stderr }),
  };
}
