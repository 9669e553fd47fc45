import { setTimeout as sleep } from 'node:timers/promises';
import pRetry from 'p-retry';
import type { Context } from '../context.ts';
import { messageOf, ProvisioningError } from '../errors.ts';
import {
  CommandTimeoutError,
  connect,
  HostKeyError,
  LoginRefusedError,
  type SshConnection,
  UnreachableError,
} from './connection.ts';
import { countRefusal, penaltyPause } from './penalties.ts';
import type { SshTarget } from './target.ts';

/** What a session does other than usual. */
export interface SessionOptions {
  /**
   * Another machine at the address is waited away, as long as for one that does not answer: while a card is moved, the Pi may
   * still run its old one. Default: after a short grace it is an error.
   */
  readonly awaitHostKey?: boolean;
  /**
   * How long a refused login or another host key may come from a Pi that is still starting, in seconds; then it is an error. Default:
   * 30 for a login, 15 for a key. 0, for who cannot wait: at once.
   */
  readonly graceSeconds?: number;
  /** An open connection to begin with, which the session closes in the end. Default: it makes its own. */
  readonly connection?: SshConnection | undefined;
  /** What a person has to do until the Pi answers, said with what is waited for. Default: nothing. Example `put the card into it`. */
  readonly wish?: string;
}

/** Contact with one Pi over as many connections as it takes. */
export class SshSession {
  readonly target: SshTarget;
  readonly #context: Context;
  readonly #timeoutSeconds: number;
  readonly #options: SessionOptions;
  #connection: SshConnection | undefined;

  /** @param timeoutSeconds how long to wait for the Pi each time it has to be reached anew. */
  constructor(context: Context, target: SshTarget, timeoutSeconds: number, options: SessionOptions = {}) {
    this.#context = context;
    this.target = target;
    this.#timeoutSeconds = timeoutSeconds;
    this.#options = options;
    this.#connection = options.connection;
  }

  /**
   * Runs something over the open connection, connecting first where there is none. What is run may be run once more when the
   * connection is lost, so it has to bear that. A command that takes too long is not asked again.
   *
   * @throws the reason of the context's signal, when that is aborted; what runs is left to itself on the Pi.
   */
  async use<T>(work: (connection: SshConnection) => Promise<T>): Promise<T> {
    const { signal } = this.#context;
    signal.throwIfAborted();
    const abort = () => {
      this.dispose();
    };
    signal.addEventListener('abort', abort);
    try {
      return await this.#useTwice(work);
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Goes on over another session's connection to the same target, instead of an own one; that session is closed. */
  takeOver(other: SshSession): void {
    this.dispose();
    this.#connection = other.release();
  }

  /** Leaves its connection, which is not closed then, to somebody else; undefined where it has none. */
  release(): SshConnection | undefined {
    const released = this.#connection;
    this.#connection = undefined;
    return released;
  }

  /** Closes the connection; the next use makes a new one. */
  dispose(): void {
    this.#connection?.dispose();
    this.#connection = undefined;
  }

  async #useTwice<T>(work: (connection: SshConnection) => Promise<T>): Promise<T> {
    try {
      return await work(await this.#open());
    } catch (error) {
      const lost = error instanceof UnreachableError && !(error instanceof CommandTimeoutError);
      if (!lost || this.#connection === undefined) throw error;
      this.dispose();
      return work(await this.#open());
    }
  }

  async #open(): Promise<SshConnection> {
    this.#connection ??= await waitForConnection(this.#context, this.target, this.#timeoutSeconds, this.#options);
    return this.#connection;
  }
}

/** Uses a session and closes it, whatever happens. */
export async function withSession<T>(
  context: Context,
  target: SshTarget,
  timeoutSeconds: number,
  work: (session: SshSession) => Promise<T>,
  options: SessionOptions = {},
): Promise<T> {
  const session = new SshSession(context, target, timeoutSeconds, options);
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
async function waitForConnection(
  context: Context,
  target: SshTarget,
  timeoutSeconds: number,
  { awaitHostKey = false, graceSeconds, wish }: SessionOptions,
): Promise<SshConnection> {
  const started = Date.now();
  const passed = () => (Date.now() - started) / 1000;
  const refusals = new Grace(graceSeconds ?? refusalSeconds);
  const otherMachines = new Grace(awaitHostKey ? timeoutSeconds : (graceSeconds ?? otherMachineSeconds));
  const left = () => Math.max(0, timeoutSeconds - passed());
  const attempt = async () => {
    if (graceSeconds !== 0)
      await sleep(Math.min(penaltyPause(target), left() * 1000), undefined, { signal: context.signal });
    return connect(target, Math.min(attemptSeconds, Math.max(1, left())), context.signal);
  };
  return pRetry(attempt, {
    retries: Number.POSITIVE_INFINITY,
    factor: 1.2,
    minTimeout: 500,
    maxTimeout: 3000,
    maxRetryTime: timeoutSeconds * 1000,
    signal: context.signal,
    shouldRetry: ({ error }) => {
      if (error instanceof UnreachableError) return true;
      if (error instanceof HostKeyError) return otherMachines.lasts();
      return error instanceof ProvisioningError && refusals.lasts();
    },
    onFailedAttempt: ({ error }) => {
      if (error instanceof LoginRefusedError) countRefusal(target);
      const [what] = messageOf(error).split('\n');
      const wished = wish === undefined ? '' : `${wish}; `;
      context.progress(
        `${wished}waiting for ${target.name}, ${String(Math.round(passed()))} s of ${String(timeoutSeconds)} s: ${what ?? ''}`,
      );
    },
  });
}

const attemptSeconds = 20;

// A Pi that is starting lets nobody in for some seconds after it first answers (pam_nologin); then, being refused is final.
const refusalSeconds = 30;

// A Pi that is starting may answer with other keys from its initial ramdisk (boot.initrd.network.ssh).
const otherMachineSeconds = 15;

/** A time that begins when it is first asked for. */
class Grace {
  readonly #seconds: number;
  #began: number | undefined;

  constructor(seconds: number) {
    this.#seconds = seconds;
  }

  lasts(): boolean {
    this.#began ??= Date.now();
    return Date.now() - this.#began < this.#seconds * 1000;
  }
}
