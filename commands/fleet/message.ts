import { personHere } from '../../provider/values/person.ts';
import type { Operation } from './engine.ts';

/**
 * The message of an update, as the backend's history keeps it: what, by whom, and with which canary.
 *
 * @example fleet up by ada@desk (canary kitchen)
 */
export function updateMessage(operation: Operation, canary: string | undefined, who = personHere()): string {
  return `fleet ${operation} by ${who}${canary === undefined ? '' : ` (canary ${canary})`}`;
}
