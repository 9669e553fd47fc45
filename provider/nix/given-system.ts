import { basename } from 'node:path';
import { messageOf, ProvisioningError } from '../errors.ts';
import { run } from '../process/run.ts';
import { UnreachableError } from '../ssh/connection.ts';
import type { SshSession } from '../ssh/session.ts';
import { realise } from './build.ts';
import { removeDamagedOf } from './damaged-paths.ts';
import type { Delivery } from './deliver.ts';
import type { PreparedSystem } from './prepare-system.ts';
import { realiseRemotely } from './remote-build.ts';
import { requireRoomForBooting, requireRoomForFetching } from './room.ts';
import { requireSystem, systemCheckScript } from './system-check.ts';

/**
 * Brings a store path that something else built to a Pi: it is there already, or in this machine's store, or a substituter has it.
 *
 * @param send copies it from this machine's store.
 * @throws ProvisioningError when nobody has it, or it is no NixOS system for this Pi.
 */
export async function deliverGiven(
  delivery: Delivery,
  prepared: PreparedSystem,
  send: () => Promise<void>,
): Promise<void> {
  const { storePath, system, gcRoot } = prepared;
  const { context, session, elevation } = delivery;
  const reasons: string[] = [];
  if ((await isValidOnPi(session, storePath)) || (await isFetchedByPi(delivery, storePath, gcRoot, reasons))) {
    if (await removeDamagedOf(context, session, elevation, storePath, delivery.options.copyTimeoutSeconds))
      return deliverGiven(delivery, prepared, send);
    const check = await session.use((connection) => connection.run(['/bin/sh', ...checkOf(storePath)]));
    requireSystem(storePath, system, check.stdout);
    return requireRoomForBooting(session, storePath);
  }
  await fetchHere(delivery, storePath, gcRoot, reasons);
  requireSystem(storePath, system, (await run('sh', checkOf(storePath))).stdout);
  return send();
}

function checkOf(storePath: string): string[] {
  return ['-c', systemCheckScript, 'check', storePath];
}

async function isValidOnPi(session: SshSession, storePath: string): Promise<boolean> {
  const argv = ['nix-store', '--check-validity', '--print-invalid', storePath];
  const { stdout } = await session.use((connection) => connection.run(argv));
  return stdout.trim() === '';
}

async function isValidHere(storePath: string): Promise<boolean> {
  return (await run('nix-store', ['--check-validity', '--print-invalid', storePath])).stdout.trim() === '';
}

async function isFetchedByPi(
  { context, session, options }: Delivery,
  storePath: string,
  gcRoot: string,
  reasons: string[],
): Promise<boolean> {
  if (!options.substituteOnTarget || (await isValidHere(storePath))) return false;
  await requireRoomForFetching(session, storePath, options.copyTimeoutSeconds);
  try {
    await realiseRemotely(context, session, {
      path: storePath,
      name: basename(gcRoot),
      timeoutSeconds: options.buildTimeoutSeconds,
    });
    return true;
  } catch (error) {
    if (!(error instanceof ProvisioningError) || error instanceof UnreachableError) throw error;
    reasons.push(`${session.target.name}: ${error.message}`);
    return false;
  }
}

async function fetchHere(
  { context, session, options }: Delivery,
  storePath: string,
  gcRoot: string,
  reasons: string[],
): Promise<void> {
  try {
    await realise(context, storePath, gcRoot, options.buildTimeoutSeconds);
  } catch (error) {
    if (!(error instanceof ProvisioningError) || context.signal.aborted) throw error;
    throw new ProvisioningError(
      {
        what: `${storePath} is neither on ${session.target.name} nor in this machine's store, and could not be fetched.`,
        original: [...reasons, `this machine: ${messageOf(error)}`].join('\n'),
        remedy:
          'Was it deleted as garbage? Build it again from its configuration, or name the cache that has it in `substituters` of nix.conf, here or, with `substituteOnTarget`, on the Pi.',
      },
      { cause: error },
    );
  }
}
