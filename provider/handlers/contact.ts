import { isDeepStrictEqual } from 'node:util';
import { LRUCache } from 'lru-cache';
import { readRunningSystem, type RunningSystem } from '../activation/running-system.ts';
import type { Context } from '../context.ts';
import type { SshConnection } from '../ssh/connection.ts';
import { takeConnection } from '../ssh/kept-connection.ts';
import { SshSession } from '../ssh/session.ts';
import { leadsElsewhere, resolveSshTarget, type SshTarget, type SshTargetInputs } from '../ssh/target.ts';
import { recentLook } from './recent-look.ts';

/** A Pi that answered, where, and what it ran then. */
export interface Sighting {
  readonly session: SshSession;
  readonly address: SshTargetInputs;
  readonly running: RunningSystem;
  /** When that was seen, by `performance.now()`. */
  readonly at: number;
}

/** A Pi that is to be deployed to. */
export interface Contact extends Sighting {
  /** Leads to the address that the deployment is declared for: there it has to be reached in the end. */
  readonly declared: SshSession;
}

/** Where to look for a Pi. */
export interface Whereabouts {
  readonly connection: SshTargetInputs;
  /** Where it was deployed last: a change of its address may be what this deployment is about. */
  readonly former: SshTargetInputs | undefined;
  /** How long to wait for an answer, in seconds. */
  readonly connectTimeoutSeconds: number;
  /** How long to wait for an answer at the declared address afterwards, in seconds. */
  readonly confirmTimeoutSeconds: number;
}

/**
 * Finds a Pi at its declared address or at the one before, whichever answers first.
 *
 * @throws ProvisioningError of the declared address when neither answers in time.
 */
export async function reach(context: Context, whereabouts: Whereabouts): Promise<Contact> {
  const [declared, ...former] = await placesToLook(whereabouts);
  const sighting = await firstSighting(context, [declared, ...former], whereabouts.connectTimeoutSeconds, recentLook);
  return { ...sighting, declared: new SshSession(context, declared.target, whereabouts.confirmTimeoutSeconds) };
}

/**
 * Finds a Pi while other work is done that does not need it. When one of both fails the other is ended, and waited for.
 *
 * @throws what failed first.
 */
export async function reachWhile<T>(
  context: Context,
  whereabouts: Whereabouts,
  work: (context: Context) => Promise<T>,
): Promise<[Contact, T]> {
  const stop = new AbortController();
  const shared = { ...context, signal: AbortSignal.any([context.signal, stop.signal]) };
  const [contact, done] = [reach(shared, whereabouts), work(shared)];
  try {
    return await Promise.all([contact, done]);
  } catch (error) {
    stop.abort();
    await Promise.allSettled([contact.then(endContact), done]);
    throw error;
  }
}

/** Looks at a Pi at whichever of its addresses answers. The session is closed. */
export async function lookAnywhere(context: Context, whereabouts: Whereabouts): Promise<Sighting> {
  const places = await placesToLook(whereabouts);
  const sighting = await firstSighting(context, places, whereabouts.connectTimeoutSeconds, readRunningSystem);
  sighting.session.dispose();
  return sighting;
}

/** Closes what a contact holds open. */
export function endContact({ session, declared }: Contact): void {
  session.dispose();
  declared.dispose();
}

/** An address, and what it resolves to. */
export interface Place {
  readonly address: SshTargetInputs;
  readonly target: SshTarget;
}

/** The declared address of a Pi and, where it leads elsewhere, the one before. */
export async function placesToLook({
  connection,
  former,
}: Pick<Whereabouts, 'connection' | 'former'>): Promise<[Place, ...Place[]]> {
  const declared = { address: connection, target: await targetOf(connection) };
  if (former === undefined || isDeepStrictEqual(former, connection)) return [declared];
  const before = { address: former, target: await targetOf(former) };
  return leadsElsewhere(declared.target, before.target) ? [declared, before] : [declared];
}

// A deployment goes where its diff looked a moment ago, without asking `ssh -G` again.
const recent = new LRUCache<string, SshTarget>({ ttl: 30_000, max: 100 });

async function targetOf(address: SshTargetInputs): Promise<SshTarget> {
  const key = JSON.stringify(address);
  const known = recent.get(key);
  if (known !== undefined) return known;
  const target = await resolveSshTarget(address);
  recent.set(key, target);
  return target;
}

/** Asks a Pi what it runs, as soon as it answers. */
type Look = (connection: SshConnection) => Promise<RunningSystem>;

/** One address that is tried, and how to give it up. */
interface Attempt {
  readonly sighting: Promise<Sighting>;
  readonly giveUp: () => void;
}

async function firstSighting(
  context: Context,
  places: readonly Place[],
  seconds: number,
  look: Look,
): Promise<Sighting> {
  const attempts = places.map((place) => attempt(context, place, seconds, look));
  try {
    const first = await Promise.any(attempts.map(async (each) => ({ winner: each, sighting: await each.sighting })));
    for (const other of attempts) if (other !== first.winner) other.giveUp();
    return first.sighting;
  } catch (error) {
    for (const each of attempts) each.giveUp();
    throw error instanceof AggregateError ? error.errors[0] : error;
  }
}

function attempt(context: Context, { address, target }: Place, seconds: number, look: Look): Attempt {
  const stop = new AbortController();
  const own = { ...context, signal: AbortSignal.any([context.signal, stop.signal]) };
  const session = new SshSession(own, target, seconds, { connection: takeConnection(target) });
  const sighting = () =>
    session.use(async (connection) => {
      const running = await look(connection);
      return { session, address, running, at: performance.now() };
    });
  const giveUp = () => {
    stop.abort();
    session.dispose();
  };
  return { sighting: sighting(), giveUp };
}
