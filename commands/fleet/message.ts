import { hostname, userInfo } from 'node:os';
import type { Operation } from './engine.ts';

/**
 * The message of an update, as the backend's history keeps it: what, by whom, and with which canary.
 *
 * @example fleet up by ada@desk (canary kitchen)
 */
export function updateMessage(operation: Operation, canary: string | undefined, who = whoAmI()): string {
  return `fleet ${operation} by ${who}${canary === undefined ? '' : ` (canary ${canary})`}`;
}

/** For example `ada@desk`. */
function whoAmI(): string {
  return `${userName()}@${hostname()}`.replaceAll(/\s+/g, ' ');
}

/** A user id without a name is not unheard of in a container. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env['USER'] ?? String(process.getuid?.() ?? 'somebody');
  }
}
