import type { Context } from '../context.ts';
import type { Elevation } from '../ssh/elevate.ts';
import type { SshSession } from '../ssh/session.ts';
import { closureDelta, type ClosureDelta, type Wanted } from './closure-delta.ts';
import { removeDamaged } from './damaged-paths.ts';
import { copyDeadline, copyMissing, type CopyOptions } from './copy-missing.ts';
import type { Copy } from './nix-copy.ts';
import { fits, neededBy, requireRoom } from './room.ts';

/** A store path that is to be on a Pi. */
export type StorePathToCopy = Omit<Copy, 'missing'> & Wanted;

/**
 * Copies what a machine lacks of a store path, if there is room for it. What the machine has of it already and does not run is looked at:
 * after a power cut it may be damaged. What was sent before the connection was lost counts as such, since it may have been lost by a
 * power cut.
 *
 * @param elevation how to become root there; undefined: as the login, which is enough for derivations.
 * @param expected what the machine is expected to lack; undefined: it is asked. It is asked too where that may not fit, where some of it
 * turns out not to be lacking, and where it fetches for itself.
 * @throws ProvisioningError when it does not fit, before anything is copied, unless that shows only after the connection was lost or damage
 * was found; else as `copyMissing`.
 */
export async function copyWhatFits(
  context: Context,
  session: SshSession,
  elevation: Elevation | undefined,
  { closure, bootFiles, ...copy }: StorePathToCopy,
  options: CopyOptions,
  expected?: ClosureDelta,
): Promise<void> {
  const look = () => session.use((connection) => closureDelta(connection, { closure, bootFiles }));
  const sent = new Set<string>();
  const wasCutOff = await lossesOf(session);
  const deadline = copyDeadline(options);
  const mend = async ({ leftover }: ClosureDelta): Promise<boolean> => {
    // A damaged derivation is an error of its build.
    if (elevation === undefined || copy.derivation) return false;
    const suspects = leftover.filter(({ path }) => !sent.has(path));
    return removeDamaged(context, session, elevation, suspects, options.copyTimeoutSeconds);
  };
  const ask = async (): Promise<ClosureDelta> => {
    const found = await look();
    if (await wasCutOff()) sent.clear();
    const delta = (await mend(found)) ? await look() : found;
    requireRoom(session, delta, neededBy(delta));
    return delta;
  };
  // What it fetches for itself is not told as sent, and would be looked at as what was there already.
  const known = expected !== undefined && !options.substituteOnTarget && fits(expected) ? expected : undefined;
  // Goes round again after a lost connection, and once where the machine was not asked and had some of what it was expected to lack.
  let [asked, { missing }] = [known === undefined, known ?? (await ask())];
  while (missing.length > 0) {
    const paths = await copyMissing(context, session, elevation, { ...copy, missing }, options, deadline);
    // What was sent may be lost with the connection: the Pi may have lost its power.
    const lost = await wasCutOff();
    if (lost) sent.clear();
    else for (const path of paths) sent.add(path);
    // What was missing by expectation only, and was not sent, was there already: nobody has looked at it.
    if (!lost && (asked || missing.every(({ path }) => sent.has(path)))) return;
    [asked, { missing }] = [true, await ask()];
  }
}

/** Tells, whenever it is asked, whether the session has lost its connection since it was asked last: then it has made another one. */
async function lossesOf(session: SshSession): Promise<() => Promise<boolean>> {
  const current = () => session.use((connection) => Promise.resolve(connection));
  let last = await current();
  return async () => {
    const before = last;
    last = await current();
    return last !== before;
  };
}
