import pRetry from 'p-retry';
import type { Context } from '../context.ts';
import { messageOf } from '../errors.ts';
import { CommandTimeoutError, connect, HostKeyError, type SshConnection, UnreachableError } from './connection.ts';
import type { SshTarget } from './target.ts';

/** Contact with one Pi over as many connections as it takes. */
export class SshSession {
  readonly target: SshTarget;
  readonly #context: Context;
  readonly #timeoutSeconds: number;
  #connection: SshConnection | undefined;

  /** @param timeoutSeconds how long to wait for the Pi each time it has to be reached anew. */
  constructor(context: Context, target: SshTarget, timeoutSeconds: number) {
    this.#context = context;
    this.target = target;
    this.#timeoutSeconds = timeoutSeconds;
  }

  /**
   * Runs something over the open connection, connecting first where there is none. What is run may be run once more when the
   * connection is lost, so it has to bear that. A command that takes too long is not asked again.
   */
  async use<T>(work: (connection: SshConnection) => Promise<T>): Promise<T> {
    try {
      return await work(await this.#open());
    } catch (error) {
      const lost = error instanceof UnreachableError && !(error instanceof CommandTimeoutError);
      if (!lost || this.#connection === undefined) throw error;
      this.dispose();
      return work(await this.#open());
    }
  }

  /** Closes the connection; the next use makes a new one. */
  dispose(): void {
    this.#connection?.dispose();
    this.#connection = undefined;
  }

  async #open(): Promise<SshConnection> {
    this.#connection ??= await waitForConnection(this.#context, this.target, this.#timeoutSeconds);
    return this.#connection;
  }
}

/** Uses a session and closes it, whatever happens. */
export async function withSession<T>(
  context: Context,
  target: SshTarget,
  timeoutSeconds: number,
  work: (session: SshSession) => Promise<T>,
): Promise<T> {
  const session = new SshSession(context, target, timeoutSeconds);
  try {
    return await work(session);
  } finally {
    session.dispose();
  }
}

/**
 * Tries to connect until the time is over; in between says what it is waiting for.
 *
 * @throws the last attempt's error.
 */
async function waitForConnection(context: Context, target: SshTarget, timeoutSeconds: number): Promise<SshConnection> {
  const started = Date.now();
  let firstRefusal: number | undefined;
  return pRetry(() => connect(target, Math.min(20, timeoutSeconds)), {
    retries: Number.POSITIVE_INFINITY,
    factor: 1.2,
    minTimeout: 500,
    maxTimeout: 3000,
    maxRetryTime: timeoutSeconds * 1000,
    signal: context.signal,
    shouldRetry: ({ error }) => {
      if (error instanceof UnreachableError || error instanceof HostKeyError) return true;
      firstRefusal ??= Date.now();
      return Date.now() - firstRefusal < refusalMilliseconds;
    },
    onFailedAttempt: ({ error }) => {
      const seconds = String(Math.round((Date.now() - started) / 1000));
      const [what] = messageOf(error).split('\n');
      context.progress(`waiting for ${target.name}, ${seconds} s of ${String(timeoutSeconds)} s: ${what ?? ''}`);
    },
  });
}

// A Pi that is starting lets nobody in for some seconds after it first answers (pam_nologin); then, being refused is final.
// Another machine at the address may be the Pi with its old card.
const refusalMilliseconds = 30_000;
