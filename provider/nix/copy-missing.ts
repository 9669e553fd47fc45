import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../context.ts';
import { messageOf, ProvisioningError } from '../errors.ts';
import { UnreachableError } from '../ssh/connection.ts';
import type { Elevation } from '../ssh/elevate.ts';
import { roundTripMilliseconds } from '../ssh/round-trip.ts';
import type { SshSession } from '../ssh/session.ts';
import { narBytes } from './closure.ts';
import { CopyProgress } from './copy-progress.ts';
import { type Copy, nixCopy } from './nix-copy.ts';
import { removeCopied } from './remove-copied.ts';
import { overCompression, overSession, type StoreAccess } from './store-access.ts';

/** How a system gets to a Pi. */
export interface CopyOptions {
  /** `auto`: where the connection is slow enough that it pays. */
  readonly compress: 'auto' | boolean;
  /** The Pi fetches what its own substituters have; only the rest is sent. */
  readonly substituteOnTarget: boolean;
  /** How long the copy may take, with all waiting for a connection that was lost. */
  readonly copyTimeoutSeconds: number;
  /** How long to wait each time for a Pi that does not answer. */
  readonly connectTimeoutSeconds: number;
}

/**
 * Copies what a Pi lacks of a store path and all that it needs. Goes on after a lost connection; what arrived is not sent twice.
 *
 * @param elevation how to become root there; undefined: Nix takes the login's paths, for derivations or a trusted user.
 * @param deadline aborts when `copyTimeoutSeconds` are over, where something before counts too.
 * @returns the store paths that were sent; where the connection was lost, only those that were sent after it was lost last.
 * @throws ProvisioningError when the Pi refuses the paths, is full, or is not reached again in time.
 */
export async function copyMissing(
  context: Context,
  session: SshSession,
  elevation: Elevation | undefined,
  copy: Copy,
  options: CopyOptions,
  deadline: AbortSignal = copyDeadline(options),
): Promise<ReadonlySet<string>> {
  const progress = new CopyProgress(copy.missing);
  const attempts = (access: StoreAccess) =>
    attemptUntilDone(context, session, access, copy, options, progress, deadline);
  const root = copy.derivation === true ? undefined : copy.path;
  context.progress(`copying ${copy.path} to ${session.target.name}`);
  try {
    if (await paysCompression(session, copy, options)) {
      const sent = await unlessRefused(attempts(overCompression(session, elevation, root)));
      if (sent !== undefined) return sent;
    }
    return await attempts(overSession(session, elevation, root));
  } catch (error) {
    if (deadline.aborted) throw notInTime(session.target.name, copy, options, progress);
    if (!isFull(error)) throw error;
    // The Pi may have some of what it was only expected to lack: that is not removed.
    const begun = copy.missing.filter(({ path }) => progress.begun.has(path));
    throw await fullCard(session, elevation, { ...copy, missing: begun }, options.copyTimeoutSeconds, error);
  }
}

/** Aborts when the time for a copy, from now on, is over. */
export function copyDeadline({ copyTimeoutSeconds }: Pick<CopyOptions, 'copyTimeoutSeconds'>): AbortSignal {
  return AbortSignal.timeout(copyTimeoutSeconds * 1000);
}

async function attemptUntilDone(
  context: Context,
  session: SshSession,
  access: StoreAccess,
  copy: Copy,
  options: CopyOptions,
  progress: CopyProgress,
  deadline: AbortSignal,
): Promise<ReadonlySet<string>> {
  const { name } = session.target;
  const limited = { ...context, signal: AbortSignal.any([context.signal, deadline]) };
  const to = { pi: name, substitute: options.substituteOnTarget };
  for (;;) {
    try {
      return await access((store) => nixCopy(limited, { ...copy, ...to, ...store }, progress));
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error;
      context.progress(`the connection to ${name} was lost after ${progress.describe()}; waiting for it`);
      session.dispose();
      await sleep(1000, undefined, { signal: limited.signal });
    }
  }
}

// On a local network the Pi's card and processor are slower than the line, and compressing costs more than it saves; a line with
// a longer way is one to the internet, whose uplink is the limit. Below some megabytes another login costs more.
const slowRoundTripMilliseconds = 20;
const fewBytes = 4e6;

async function paysCompression(
  session: SshSession,
  copy: Copy,
  { compress, substituteOnTarget }: CopyOptions,
): Promise<boolean> {
  // Nix takes one configuration for both of its connections.
  if (compress === false || copy.from !== undefined) return false;
  if (compress === true) return true;
  // Nix passes settings on to no store that OpenSSH leads to: not that the Pi is to go on without a substituter that does not answer.
  if (substituteOnTarget) return false;
  if (narBytes(copy.missing) < fewBytes) return false;
  return (await session.use(roundTripMilliseconds)) > slowRoundTripMilliseconds;
}

/** Undefined where Nix refused the paths because nobody whom it trusts signed them. */
async function unlessRefused<T>(attempts: Promise<T>): Promise<T | undefined> {
  try {
    return await attempts;
  } catch (error) {
    if (messageOf(error).includes('lacks a signature by a trusted key')) return undefined;
    throw error;
  }
}

function notInTime(pi: string, { path }: Copy, options: CopyOptions, progress: CopyProgress): ProvisioningError {
  return new ProvisioningError({
    what: `${path} was not copied to ${pi} within ${String(options.copyTimeoutSeconds)} s: ${progress.describe()} arrived.`,
    remedy:
      'Nothing on the Pi was changed. Run `pulumi up` again, what arrived is not copied twice; a larger `copyTimeoutSeconds` gives it more time.',
  });
}

function isFull(error: unknown): error is ProvisioningError {
  return error instanceof ProvisioningError && (error.problem.original ?? '').includes('No space left on device');
}

async function fullCard(
  session: SshSession,
  elevation: Elevation | undefined,
  copy: Copy,
  timeoutSeconds: number,
  error: ProvisioningError,
): Promise<ProvisioningError> {
  const { name } = session.target;
  const removed = elevation !== undefined && (await removeCopied(session, elevation, copy.missing, timeoutSeconds));
  return new ProvisioningError(
    {
      what: `${name} has no room left: ${copy.path} could not be copied. It runs and boots what it did before.`,
      original: error.problem.original ?? '',
      remedy: `${removed ? 'What was copied was removed again. ' : 'What was copied stays until the next garbage collection. '}On the Pi run \`sudo nix-env --profile /nix/var/nix/profiles/system --delete-generations NUMBER\` (\`--list-generations\` shows them) and \`sudo nix-collect-garbage\`, or use a larger card; then run \`pulumi up\` again. \`keepGenerations\` keeps fewer from then on.`,
    },
    { cause: error },
  );
}
