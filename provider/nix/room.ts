import { ProvisioningError } from '../errors.ts';
import type { SshSession } from '../ssh/session.ts';
import { bootFilesScript, parseBootFiles } from './boot-files.ts';
import { closureDelta, type ClosureDelta } from './closure.ts';
import { freeSpaceProblem, type NeededSpace } from './free-space.ts';

/** What a Pi lacks of a system, as what it takes. */
export function neededBy({ missing, bytes, bootFiles }: ClosureDelta): NeededSpace {
  return { paths: missing.length, bytes, bootBytes: bootFiles.reduce((sum, file) => sum + file.bytes, 0) };
}

/** @throws ProvisioningError when it does not fit. */
export function requireRoom(session: SshSession, { free }: Pick<ClosureDelta, 'free'>, needed: NeededSpace): void {
  const problem = free && freeSpaceProblem(session.target.name, needed, free);
  if (problem !== undefined) throw new ProvisioningError(problem);
}

/**
 * For a system that is in the Pi's store already.
 *
 * @throws ProvisioningError when what its boot loader copies does not fit into /boot.
 */
export async function requireRoomForBooting(session: SshSession, storePath: string): Promise<void> {
  const delta = await session.use(async (connection) => {
    const { stdout } = await connection.run(['/bin/sh', '-c', bootFilesScript, 'boot-files', storePath]);
    return closureDelta(connection, [], parseBootFiles(stdout));
  });
  requireRoom(session, delta, neededBy(delta));
}
