import type { SshConnection } from './connection.ts';
import type { SshTarget } from './target.ts';

/** How long a connection is kept that nobody uses, in seconds: an engine that asks what is to be done does it when its turn comes. */
const keptSeconds = 30;

interface Kept {
  readonly connection: SshConnection;
  readonly timer: NodeJS.Timeout;
}

const kept = new Map<string, Kept>();

/**
 * Keeps a connection that is not needed any more for whoever connects to the same target next; closes it when nobody does. Until then
 * it keeps its process from ending by itself.
 */
export function keepConnection(connection: SshConnection, seconds = keptSeconds): void {
  const key = keyOf(connection.target);
  const timer = setTimeout(() => takeConnection(connection.target)?.dispose(), seconds * 1000).unref();
  takeConnection(connection.target)?.dispose();
  kept.set(key, { connection, timer });
}

/** The connection that was kept to a target; undefined where none was. It may be lost by now, as any other. */
export function takeConnection(target: SshTarget): SshConnection | undefined {
  const key = keyOf(target);
  const found = kept.get(key);
  kept.delete(key);
  clearTimeout(found?.timer);
  return found?.connection;
}

/** Whatever a login depends on. */
function keyOf(target: SshTarget): string {
  return JSON.stringify(target);
}
