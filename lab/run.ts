import { execa } from 'execa';
import { LabError } from './errors.ts';

export interface RunOptions {
  readonly cwd?: string;
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input; default: none. */
  readonly stdin?: string;
  /** Called with each line of output as it comes. */
  readonly onLine?: (line: string) => void;
}

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  /** As a shell reports it: 128 + the signal's number for a process that a signal ended. */
  readonly code: number;
}

/** Runs a program and returns how it ended, whatever that was. */
export async function tryRun(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const [file = '', ...args] = argv;
  const child = execa(file, args, {
    reject: false,
    stripFinalNewline: true,
    ...(options.stdin === undefined ? { stdin: 'ignore' as const } : { input: options.stdin }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.onLine === undefined ? {} : { stdout: lineReader(options.onLine), stderr: lineReader(options.onLine) }),
    ...(options.env === undefined ? {} : { env: options.env }),
  });
  const result = await child;
  return { stdout: result.stdout, stderr: result.stderr, code: exitCode(result) };
}

function lineReader(onLine: (line: string) => void) {
  return function* (line: unknown) {
    onLine(String(line));
    yield line;
  };
}

/**
 * Runs a program that has to succeed.
 *
 * @throws LabError with the command line and what it said.
 */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const result = await tryRun(argv, options);
  if (result.code === 0) return result;
  throw new LabError(
    `${argv.join(' ')}\nended with ${String(result.code)}\n${result.stderr || result.stdout}`.trimEnd(),
  );
}

const signalNumbers: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/** The exit code as a shell reports it; 127 when the program could not be started. */
export function exitCode(result: { exitCode?: number | undefined; signal?: string | undefined }): number {
  if (result.exitCode !== undefined) return result.exitCode;
  return result.signal === undefined ? 127 : 128 + (signalNumbers[result.signal] ?? 0);
}
