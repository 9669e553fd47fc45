import type { Context } from '../context.ts';
import type { Elevation } from '../ssh/elevate.ts';
import type { SshSession } from '../ssh/session.ts';
import { closureDelta, type ClosureDelta, type Wanted } from './closure-delta.ts';
import { removeDamaged } from './damaged-paths.ts';
import { copyMissing, type CopyOptions } from './copy-missing.ts';
import type { Copy } from './nix-copy.ts';
import { neededBy, requireRoom } from './room.ts';

/** A store path that is to be on a Pi. */
export type StorePathToCopy = Omit<Copy, 'missing'> & Wanted;

/**
 * Copies what a machine lacks of a store path, if there is room for it.
 *
 * @param elevation how to become root there; undefined: as the login, which is enough for derivations.
 * @param known what the machine lacks, where that was asked a moment ago.
 * @throws ProvisioningError when it does not fit, before anything is copied; else as `copyMissing`.
 */
export async function copyWhatFits(
  context: Context,
  session: SshSession,
  elevation: Elevation | undefined,
  { closure, bootFiles, running, ...copy }: StorePathToCopy,
  options: CopyOptions,
  known?: ClosureDelta,
): Promise<void> {
  const look = () => session.use((connection) => closureDelta(connection, { closure, bootFiles, running }));
  let delta = known ?? (await look());
  // A damaged derivation is an error of its build.
  const suspects = elevation === undefined || copy.derivation ? [] : delta.leftover;
  const { copyTimeoutSeconds } = options;
  if (elevation !== undefined && (await removeDamaged(context, session, elevation, suspects, copyTimeoutSeconds)))
    delta = await look();
  requireRoom(session, delta, neededBy(delta));
  if (delta.missing.length === 0) return;
  await copyMissing(context, session, elevation, { ...copy, missing: delta.missing }, options);
}
