/** Who works on a stack that is locked, as far as the backend tells. */
export interface StackLock {
  /** For example `ada@desk (pid 4711) since 2026-11-24T00:00:00Z`; undefined where the backend names nobody. */
  readonly holder: string | undefined;
}

/**
 * The lock that kept the CLI from its work, in what it printed; undefined where it failed for another reason. The backends
 * that keep states in files, object stores or Postgres say the same; Pulumi Cloud names no holder.
 */
export function lockIn(printed: string): StackLock | undefined {
  const holders = [...printed.matchAll(/created by (\S+@\S+ \(pid \d+\)) at (\S+)/g)].map(
    ([, who = '', since = '']) => `${who} since ${since}`,
  );
  if (printed.includes('the stack is currently locked by'))
    return { holder: [...new Set(holders)].join(' and ') || undefined };
  return conflicts.some((pattern) => pattern.test(printed)) ? { holder: undefined } : undefined;
}

const conflicts = [
  /\[409\] Conflict: Another update is currently in progress/,
  // The lock was released between being listed and being read.
  /\.pulumi\/locks\/.*code=NotFound/,
];

/** While it is waited for. */
export function waitsFor({ holder }: StackLock): string {
  return holder === undefined ? 'somebody else works on this stack' : `${holder} works on this stack`;
}

/** When it was waited for in vain. */
export function lockedReason(stack: string, lock: StackLock): string {
  return `${waitsFor(lock)}, still after a minute. It is left alone: run this again when that has ended.\n  If nothing runs there any more (a killed pulumi leaves its lock): pulumi cancel --stack ${stack}`;
}
