import { basename } from 'node:path';
import type { Context } from '../context.ts';
import type { Elevation } from '../ssh/elevate.ts';
import { type SshSession, withSession } from '../ssh/session.ts';
import type { SshTarget } from '../ssh/target.ts';
import { bootFilesScript, parseBootFiles } from './boot-files.ts';
import { localClosure, remoteClosure } from './closure.ts';
import { copyWhatFits } from './copy-what-fits.ts';
import { expectedDelta } from './expected-delta.ts';
import type { FreeSpace } from './free-space.ts';
import { type LocalSystem, localSystem, systemBefore } from './local-system.ts';
import { removeDamagedOf } from './damaged-paths.ts';
import { deliverGiven } from './given-system.ts';
import type { DeliveryOptions, PreparedSystem } from './prepare-system.ts';
import { realiseRemotely } from './remote-build.ts';
import { requireRoomForBooting, requireRoomForFetching } from './room.ts';

export { type BuildPlace, type DeliveryOptions, type PreparedSystem, prepareSystem } from './prepare-system.ts';

/** A Pi, and how a system gets there. */
export interface Delivery {
  readonly context: Context;
  readonly session: SshSession;
  readonly elevation: Elevation;
  readonly options: DeliveryOptions;
}

/** What is known of a Pi before a delivery. */
export interface Seen {
  /** Store path of the system that it runs. */
  readonly currentSystem: string;
  /** Until its first boot has finished, its Nix does not even know what that system needs. */
  readonly firstBootFinished: boolean;
  /** The room that it had; undefined where it does not say. */
  readonly free: FreeSpace | undefined;
  /** When the Pi was seen so, by `performance.now()`. */
  readonly at: number;
}

// How long that counts. A build may have taken hours since, in which the Pi's card became full.
const recentSeconds = 300;

/**
 * Brings a prepared system to a Pi: afterwards it is valid in the Pi's store, and nothing else there has changed.
 *
 * @param seen what is known of the Pi from before the build. Undefined, or older than five minutes: the Pi is asked what it lacks.
 * @throws ProvisioningError when it does not fit, is no system for this Pi, or cannot be built, fetched or copied.
 */
export async function deliverSystem(
  context: Context,
  session: SshSession,
  elevation: Elevation,
  prepared: PreparedSystem,
  options: DeliveryOptions,
  seen: Seen | undefined,
): Promise<void> {
  const delivery = { context, session, elevation, options };
  const { origin, storePath, gcRoot } = prepared;
  switch (origin.kind) {
    case 'built here':
      return deliverFromHere(delivery, origin.local, seen);
    case 'built on a host':
      return deliverFromHost(delivery, storePath, origin.host);
    case 'to be built on the Pi':
      return buildOnPi(delivery, storePath, origin.drvPath, basename(gcRoot));
    case 'given':
      return deliverGiven(delivery, prepared, async () => {
        await copyWhatFits(context, session, elevation, await localSystem(storePath), options);
      });
  }
}

async function deliverFromHere(delivery: Delivery, local: LocalSystem, seen: Seen | undefined): Promise<void> {
  const { context, session, elevation, options } = delivery;
  const isKnown = seen?.firstBootFinished === true && performance.now() - seen.at < recentSeconds * 1000;
  const running = isKnown ? await systemBefore(seen.currentSystem) : undefined;
  const expected = running && expectedDelta(local, running, seen?.free);
  await copyWhatFits(context, session, elevation, local, options, expected);
}

async function deliverFromHost(delivery: Delivery, path: string, host: SshTarget): Promise<void> {
  const { context, session, elevation, options } = delivery;
  const there = await withSession(context, host, options.connectTimeoutSeconds, (hostSession) =>
    hostSession.use(async (connection) => {
      const { stdout } = await connection.run(['/bin/sh', '-c', bootFilesScript, 'boot-files', path]);
      return { closure: await remoteClosure(connection, path), bootFiles: parseBootFiles(stdout) };
    }),
  );
  await copyWhatFits(context, session, elevation, { path, from: host, ...there }, options);
}

async function buildOnPi(delivery: Delivery, storePath: string, drvPath: string, name: string): Promise<void> {
  const { context, session, elevation, options } = delivery;
  const consignment = { path: drvPath, closure: await localClosure(drvPath), derivation: true };
  await copyWhatFits(context, session, elevation, consignment, { ...options, substituteOnTarget: false });
  await requireRoomForFetching(session, drvPath, options.copyTimeoutSeconds);
  const build = { path: drvPath, name, timeoutSeconds: options.buildTimeoutSeconds };
  await realiseRemotely(context, session, build);
  if (await removeDamagedOf(context, session, elevation, storePath, options.copyTimeoutSeconds))
    await realiseRemotely(context, session, build);
  await requireRoomForBooting(session, storePath);
}
