import { ProvisioningError } from '../errors.ts';
import type { SshSession } from '../ssh/session.ts';
import { bootFilesScript, parseBootFiles } from './boot-files.ts';
import { closureDelta, type ClosureDelta } from './closure-delta.ts';
import { remoteRealisationPlan } from './dry-run.ts';
import { freeSpaceProblem, type NeededSpace, type RoomProblem } from './free-space.ts';

/** What was asked for does not fit on a machine. Nothing that runs or boots there was changed. */
export class NoRoomError extends ProvisioningError {
  override readonly name: string = 'NoRoomError';
  /** Whether it is the file system of /nix/store that is too small. */
  readonly inStore: boolean;

  constructor({ inStore, ...problem }: RoomProblem) {
    super(problem);
    this.inStore = inStore;
  }
}

/** What a Pi lacks of a system, as what it takes. */
export function neededBy({ missing, bytes, bootFiles }: ClosureDelta): NeededSpace {
  return { paths: missing.length, bytes, bootBytes: bootFiles.reduce((sum, file) => sum + file.bytes, 0) };
}

/** @throws NoRoomError when it does not fit. */
export function requireRoom(session: SshSession, { free }: Pick<ClosureDelta, 'free'>, needed: NeededSpace): void {
  const problem = free && freeSpaceProblem(session.target.name, needed, free);
  if (problem !== undefined) throw new NoRoomError(problem);
}

/** Whether there is room for all that a machine lacks; also where it does not tell its room. */
export function fits(delta: ClosureDelta): boolean {
  return delta.free === undefined || freeSpaceProblem('', neededBy(delta), delta.free) === undefined;
}

/**
 * For a system that is in the Pi's store already.
 *
 * @throws NoRoomError when what its boot loader copies does not fit into /boot.
 */
export async function requireRoomForBooting(session: SshSession, storePath: string): Promise<void> {
  const delta = await session.use(async (connection) => {
    const { stdout } = await connection.run(['/bin/sh', '-c', bootFilesScript, 'boot-files', storePath]);
    return closureDelta(connection, { closure: [], bootFiles: parseBootFiles(stdout) });
  });
  requireRoom(session, delta, neededBy(delta));
}

/**
 * For what a machine fetches from its substituters, for a build or as a whole. What a build itself takes is not known before.
 *
 * @param timeoutSeconds how long the substituters may take to tell.
 * @throws NoRoomError when it does not fit, before anything is fetched.
 */
export async function requireRoomForFetching(session: SshSession, path: string, timeoutSeconds: number): Promise<void> {
  const { delta, plan } = await session.use(async (connection) => ({
    plan: await remoteRealisationPlan(connection, path, timeoutSeconds),
    delta: await closureDelta(connection, { closure: [] }),
  }));
  requireRoom(session, delta, { paths: plan.toFetch.length, bytes: plan.unpackedBytes, bootBytes: 0 });
}
