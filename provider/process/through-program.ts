import { pipeline } from 'node:stream/promises';
import { ProvisioningError } from '../errors.ts';
import { loadExeca, withheld } from './run.ts';

/**
 * What a program prints when it is given these bytes. It is ended when the reader stops or `signal` is aborted, and has ended
 * when this returns.
 *
 * @throws what `source` threw, or ProvisioningError with what the program said when it did not end with 0.
 */
export async function* throughProgram(
  file: string,
  args: readonly string[],
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  signal.throwIfAborted();
  const { execa } = await loadExeca();
  const child = execa(file, args, {
    reject: false,
    stdin: 'pipe',
    buffer: { stdout: false, stderr: true },
    env: { ...withheld, LC_ALL: 'C' },
    cancelSignal: signal,
    maxBuffer: 1024 * 1024,
  });
  const input = new Watched(source);
  const feeding = pipeline(input.pieces(), child.stdin).catch((error: unknown) => error);
  try {
    for await (const piece of child.stdout) yield piece as Buffer;
    const [fed, result] = [await feeding, await child];
    signal.throwIfAborted();
    if (input.failure !== undefined) throw input.failure;
    if (result.failed || fed !== undefined) throw notFinished(file, result);
  } finally {
    child.kill();
    await child;
    await feeding;
  }
}

/** Tells what went wrong with a source from what went wrong behind it. */
class Watched {
  failure: Error | undefined;
  readonly #source: AsyncIterable<Uint8Array>;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source;
  }

  async *pieces(): AsyncGenerator<Uint8Array> {
    try {
      yield* this.#source;
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error));
      throw error;
    }
  }
}

/** A program that did not end with 0. */
export function notFinished(
  file: string,
  result: { readonly stderr: string; readonly signal?: string; readonly originalMessage?: string },
): ProvisioningError {
  const ending = result.signal === undefined ? 'did not finish' : `was ended by ${result.signal}`;
  return new ProvisioningError({
    what: `${file} ${ending}.`,
    original: [result.stderr.trim(), result.originalMessage ?? ''].filter(Boolean).join('\n'),
  });
}
