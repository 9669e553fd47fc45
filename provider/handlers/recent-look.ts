import { readRunningSystem, type RunningSystem } from '../activation/running-system.ts';
import { keepConnection } from '../ssh/kept-connection.ts';
import type { SshConnection } from '../ssh/connection.ts';

/**
 * How long a look counts, in seconds. Whatever changes a Pi meanwhile is found by its supervisor, which does nothing where another
 * system runs than the deployer has seen, or somebody else deploys.
 */
const recentSeconds = 10;

interface Look {
  readonly running: RunningSystem;
  /** When that was, by `performance.now()`. */
  readonly at: number;
}

const looks = new WeakMap<SshConnection, Look>();

/** Keeps a connection, with what was seen over it just now, for the deployment that follows a diff. */
export function keepWithLook(connection: SshConnection, running: RunningSystem): void {
  looks.set(connection, { running, at: performance.now() });
  keepConnection(connection);
}

/** What a Pi runs: as a diff has seen it over this connection a moment ago, else from another look. */
export async function recentLook(connection: SshConnection): Promise<RunningSystem> {
  const recent = looks.get(connection);
  looks.delete(connection);
  const isRecent = recent !== undefined && performance.now() - recent.at < recentSeconds * 1000;
  // A Pi that has ended the connection may be restarting, or be elsewhere.
  if (isRecent && !connection.isClosed) return recent.running;
  return readRunningSystem(connection);
}
