import { isDeepStrictEqual } from 'node:util';
import { readRunningSystem, type RunningSystem } from '../activation/running-system.ts';
import type { Context } from '../context.ts';
import { SshSession } from '../ssh/session.ts';
import { resolveSshTarget, type SshTargetInputs } from '../ssh/target.ts';

/** A Pi that answered, and what it ran then. */
export interface Contact {
  /** Leads to the address that answered. */
  readonly session: SshSession;
  /** Leads to the address that the deployment is declared for: there it has to be reached in the end. */
  readonly declared: SshSession;
  readonly running: RunningSystem;
}

/** Where to look for a Pi. */
export interface Whereabouts {
  readonly connection: SshTargetInputs;
  /** Where it was deployed last: a change of its address may be what this deployment is about. */
  readonly former: SshTargetInputs | undefined;
  readonly connectTimeoutSeconds: number;
  readonly confirmTimeoutSeconds: number;
}

/** One address that is tried, and how to give it up. */
interface Attempt {
  readonly session: SshSession;
  readonly giveUp: () => void;
}

/**
 * Finds a Pi at its declared address or at the one before, whichever answers first.
 *
 * @throws ProvisioningError of the declared address when neither answers in time.
 */
export async function reach(context: Context, whereabouts: Whereabouts): Promise<Contact> {
  const { connection, former, connectTimeoutSeconds, confirmTimeoutSeconds } = whereabouts;
  const moved = former !== undefined && !isDeepStrictEqual(connection, former);
  const addresses = moved ? [connection, former] : [connection];
  const attempts = await Promise.all(addresses.map((address) => attempt(context, address, connectTimeoutSeconds)));
  const answers = attempts.map(async ({ session }) => ({
    session,
    running: await session.use((opened) => readRunningSystem(opened)),
  }));
  try {
    const { session, running } = await Promise.any(answers);
    for (const other of attempts.filter((each) => each.session !== session)) other.giveUp();
    const declared = new SshSession(context, await resolveSshTarget(connection), confirmTimeoutSeconds);
    return { session, declared, running };
  } catch (error) {
    for (const each of attempts) each.giveUp();
    throw error instanceof AggregateError ? error.errors[0] : error;
  }
}

/**
 * Finds a Pi while other work is done that does not need it. When one of both fails the other is ended, and waited for.
 *
 * @throws what failed first.
 */
export async function reachWhile(
  context: Context,
  whereabouts: Whereabouts,
  work: (context: Context) => Promise<void>,
): Promise<Contact> {
  const stop = new AbortController();
  const shared = { ...context, signal: AbortSignal.any([context.signal, stop.signal]) };
  const [contact, done] = [reach(shared, whereabouts), work(shared)];
  try {
    await Promise.all([contact, done]);
    return await contact;
  } catch (error) {
    stop.abort();
    await Promise.allSettled([contact.then(endContact), done]);
    throw error;
  }
}

async function attempt(context: Context, address: SshTargetInputs, seconds: number): Promise<Attempt> {
  const stop = new AbortController();
  const own = { ...context, signal: AbortSignal.any([context.signal, stop.signal]) };
  const session = new SshSession(own, await resolveSshTarget(address), seconds);
  const giveUp = () => {
    stop.abort();
    session.dispose();
  };
  return { session, giveUp };
}

/** Closes what a contact holds open. */
export function endContact({ session, declared }: Contact): void {
  session.dispose();
  declared.dispose();
}
