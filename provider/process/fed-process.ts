import type { FileHandle } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { loadExeca, withheld } from './run.ts';
import { notFinished } from './through-program.ts';

/** A program that is told things on its standard input, and tells things, line by line, on its standard output. */
export interface FedProcess {
  /** Its standard input. A program may be started with it as its standard output: what it prints goes there directly. */
  readonly input: Writable;
  /** When whoever reads them stops, the program is ended. */
  readonly lines: AsyncIterable<string>;
  /** When it has ended: the end of what it said on standard error. */
  readonly ended: Promise<{ readonly said: string }>;
  /** Ends it, if it still runs. */
  readonly end: () => void;
}

export interface FedProcessOptions {
  /** It runs with other rights, so that it cannot be sent a signal: it ends by itself when nobody listens. Default: false. */
  readonly isAnotherUsers?: boolean;
  /** Beside this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a program on this machine. Arguments are a list, no shell is involved. */
export async function startFedProcess(
  file: string,
  args: readonly string[],
  options: FedProcessOptions = {},
): Promise<FedProcess> {
  const { execa } = await loadExeca();
  const child = execa(file, args, {
    reject: false,
    buffer: { stdout: false, stderr: true },
    stdin: 'pipe',
    env: { ...withheld, LC_ALL: 'C', ...options.env },
    maxBuffer: 1024 * 1024,
  });
  // A program that ends early is judged by how it ended.
  child.stdin.on('error', () => undefined);
  const end = (): void => {
    child.stdin.destroy();
    child.stdout.destroy();
    if (options.isAnotherUsers !== true) child.kill();
  };
  return {
    input: child.stdin,
    lines: endingWith(child.iterable() as AsyncIterable<string>, end),
    ended: child.then((result) => ({
      said: [result.stderr.trim().slice(-4000), result.originalMessage ?? ''].filter(Boolean).join('\n'),
    })),
    end,
  };
}

/** execa's lines wait for the program when their reader stops; a program that waits for its reader has to be ended before. */
async function* endingWith(lines: AsyncIterable<string>, end: () => void): AsyncGenerator<string> {
  for await (const line of lines) {
    let goesOn = false;
    try {
      yield line;
      goesOn = true;
    } finally {
      if (!goesOn) end();
    }
  }
}

/**
 * Starts a program that reads an open file, from where that stands, and whose standard output goes directly into another's
 * standard input.
 *
 * @throws ProvisioningError with what it said when it did not end with 0.
 */
export async function pipeThrough(
  file: string,
  args: readonly string[],
  { source, target, signal }: { readonly source: FileHandle; readonly target: Writable; readonly signal: AbortSignal },
): Promise<void> {
  const { execa } = await loadExeca();
  const result = await execa(file, args, {
    reject: false,
    // Any open descriptor is taken; execa's types know only that of the own standard input.
    stdin: source.fd as 0,
    stdout: target,
    env: { ...withheld, LC_ALL: 'C' },
    cancelSignal: signal,
    maxBuffer: 1024 * 1024,
  });
  if (result.failed) throw notFinished(file, result);
}

/** Writes all of it before it returns. A program that has ended is no error here: it is judged by how it ended. */
export function writeTo(stream: Writable, data: string | Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    stream.write(data, () => {
      resolve();
    });
  });
}
