import { LRUCache } from 'lru-cache';
import type { SshTarget } from './target.ts';

/**
 * What an SSH server has counted against this machine. OpenSSH 9.8 and newer add 5 s for each refused login, and answer nothing any more
 * while there are more than 15 s, until all of them have passed (sshd_config(5), PerSourcePenalties).
 */
const passesAt = new LRUCache<string, number>({ max: 1000 });
const [penaltyMilliseconds, mostMilliseconds] = [5000, 15_000];

type Server = Pick<SshTarget, 'hostname' | 'port'>;

const keyOf = ({ hostname, port }: Server) => `${hostname}:${String(port)}`;

/** Counts a refused login. */
export function countRefusal(server: Server): void {
  const key = keyOf(server);
  const now = performance.now();
  const passes = Math.max(now, passesAt.get(key) ?? 0) + penaltyMilliseconds;
  // While it answers nothing it counts nothing, and others count nothing at all.
  passesAt.set(key, Math.min(passes, now + mostMilliseconds + penaltyMilliseconds));
}

/** How long to wait until another refused login would not shut this machine out, in milliseconds. */
export function penaltyPause(server: Server): number {
  const left = (passesAt.get(keyOf(server)) ?? 0) - performance.now();
  // Its clock began somewhat later.
  return Math.max(0, left + penaltyMilliseconds + 500 - mostMilliseconds);
}
