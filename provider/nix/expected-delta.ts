import { narBytes } from './closure.ts';
import type { ClosureDelta } from './closure-delta.ts';
import type { FreeSpace } from './free-space.ts';
import type { KnownSystem, LocalSystem } from './local-system.ts';

/**
 * What a Pi is expected to lack of a system, without asking it: all that the system which it runs does not need, and in /boot all that the
 * boot loader copies. It may have some of that, of an older generation; then it lacks less.
 *
 * @param running what it runs, and what that needs.
 * @param free the room that it has; undefined where it does not say.
 */
export function expectedDelta(
  { closure, bootFiles }: LocalSystem,
  running: KnownSystem,
  free: FreeSpace | undefined,
): ClosureDelta {
  const has = new Set(running.closure.map(({ path }) => path));
  const missing = closure.filter(({ path }) => !has.has(path));
  return { missing, leftover: [], bytes: narBytes(missing), bootFiles, free };
}
