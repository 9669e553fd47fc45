import type { ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { ProvisioningError } from '../errors.ts';
import { LineReader } from './lines.ts';
import { shellJoin } from './quote.ts';

export interface RunOptions {
  /** Working directory; default: the process' own. */
  readonly cwd?: string;
  /** Added to the environment; `undefined` removes a variable. Pulumi's secrets are never passed on. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Standard input; default: none. */
  readonly stdin?: string | Uint8Array;
  /** The command is ended after this many seconds; default: never. */
  readonly timeoutSeconds?: number;
  /** Ends the command when aborted. */
  readonly signal?: AbortSignal;
  /** This process does not wait for the command where it has nothing else to do, but ends it. Default: false. */
  readonly background?: boolean;
  /** Called with each line of standard error as it comes; of what is told so only the last 2000 lines are kept. */
  readonly onStderrLine?: (line: string) => void;
}

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
}

// Pulumi gives the program its config, secrets in the clear, in the environment. No program that we start needs it, and a
// Nix configuration could read it (builtins.getEnv) into the store.
export const withheld = {
  PULUMI_CONFIG: undefined,
  PULUMI_CONFIG_PASSPHRASE: undefined,
  PULUMI_ACCESS_TOKEN: undefined,
};

/** A command that did not end with exit code 0: its command line, how it ended, and the end of what it said. */
export class CommandError extends ProvisioningError {
  override readonly name = 'CommandError';
  /** Undefined when it was ended by a signal or never started. */
  readonly exitCode: number | undefined;
  /** What ended it, for example `SIGKILL`. */
  readonly signal: string | undefined;
  readonly stderr: string;

  constructor(command: string, result: Ended, stderr: string) {
    super({
      what: `A command ${howItEnded(result)}.`,
      tried: command,
      original: lastLines(stderr, 30),
      remedy: 'Run it by hand to see more, and `pulumi up` again when it works.',
    });
    this.exitCode = result.exitCode;
    this.signal = result.signal;
    this.stderr = stderr;
  }
}

/**
 * The library that starts programs. Its 150 modules take a tenth of a second to load, so they are loaded when they are needed:
 * a program whose evaluations are all cached starts none.
 */
export const loadExeca = () => import('execa');

/**
 * Runs a program on this machine. The only place that starts processes; arguments are a list, no shell is involved.
 *
 * @throws CommandError when it ends with another code than 0, by a signal, by the time-out, or cannot be started; whatever
 * `onStderrLine` threw, when it has ended.
 */
export async function run(file: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { execa } = await loadExeca();
  const child = execa(file, args, {
    reject: false,
    cwd: options.cwd,
    env: { ...withheld, ...options.env },
    timeout: options.timeoutSeconds === undefined ? undefined : options.timeoutSeconds * 1000,
    cancelSignal: options.signal,
    ...(options.stdin === undefined ? { stdin: 'ignore' as const } : { input: options.stdin }),
    maxBuffer: 64 * 1024 * 1024,
    // The structured log of a large copy or a long build has no bound.
    buffer: { stdout: true, stderr: options.onStderrLine === undefined },
  });
  if (options.background === true) doNotWaitFor(child.nodeChildProcess);
  const told = options.onStderrLine && forwardLines(child.stderr, options.onStderrLine);
  const result = await child;
  const stderr = result.stderr ?? told?.() ?? '';
  if (!result.failed) return { stdout: result.stdout, stderr };
  throw new CommandError(shellJoin([file, ...args]), result, stderr || (result.originalMessage ?? ''));
}

function doNotWaitFor(child: ChildProcess): void {
  child.unref();
  for (const pipe of [child.stdout, child.stderr]) if (pipe instanceof Socket) pipe.unref();
}

const keptLines = 2000;

/** Tells each line as it comes; gives the last ones when all have come, or throws what was thrown at one. */
function forwardLines(stream: Readable | null, onLine: (line: string) => void): () => string {
  const last: string[] = [];
  const lines = new LineReader((line) => {
    last.push(line);
    if (last.length > keptLines) last.shift();
    onLine(line);
  });
  let failure: Error | undefined;
  stream?.on('data', (chunk: Buffer) => {
    try {
      lines.write(chunk);
    } catch (error) {
      // What is thrown inside an event of a stream would end the process.
      failure = error instanceof Error ? error : new Error(String(error));
      stream.destroy();
    }
  });
  return () => {
    if (failure !== undefined) throw failure;
    lines.end();
    return last.join('\n');
  };
}

/** How a program ended, as execa tells it. */
interface Ended {
  readonly timedOut: boolean;
  readonly isCanceled: boolean;
  readonly signal?: string;
  readonly exitCode?: number;
  readonly code?: string;
}

function howItEnded(result: Ended): string {
  if (result.timedOut) return 'did not end in time and was stopped';
  if (result.isCanceled) return 'was stopped because the operation was cancelled';
  if (result.code === 'ENOENT') return 'could not be started, because the program was not found';
  if (result.signal !== undefined) return `was ended by ${result.signal}`;
  if (result.exitCode !== undefined) return `ended with exit code ${String(result.exitCode)}`;
  return 'could not be started';
}

function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
