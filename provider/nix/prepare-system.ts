import { basename } from 'node:path';
import type { Context } from '../context.ts';
import { type KnownHostInputs, resolveKnownHost } from '../ssh/known-host-key.ts';
import { withSession } from '../ssh/session.ts';
import type { SshTarget } from '../ssh/target.ts';
import { buildPlanned, instantiatePlanned } from './build.ts';
import { localClosure } from './closure.ts';
import type { NixConfiguration } from './configuration.ts';
import type { CopyOptions } from './copy-missing.ts';
import { copyWhatFits } from './copy-what-fits.ts';
import { type LocalSystem, localSystem } from './local-system.ts';
import { realiseRemotely } from './remote-build.ts';

/** Where a system is built: here or by Nix' own remote builders, on the Pi itself, or on a machine that is reached over SSH. */
export type BuildPlace = 'workstation' | 'target' | KnownHostInputs;

/** How a system is built and gets to a Pi. */
export interface DeliveryOptions extends CopyOptions {
  /** How long a build may take, in seconds, wherever it runs. */
  readonly buildTimeoutSeconds: number;
}

/** The system that a plan wants on a Pi. */
export interface PlannedSystem {
  /** What it is built from; undefined for a store path that something else built. */
  readonly configuration: NixConfiguration | undefined;
  /** The path that the plan showed. */
  readonly storePath: string;
  /** What the Pi is, for example `aarch64-linux`. */
  readonly system: string;
  readonly buildOn: BuildPlace;
  /** A link on this machine that keeps what is built or fetched here; its name also stands for the deployment on other machines. */
  readonly gcRoot: string;
}

/** A planned system, when what needs no Pi is done. */
export interface PreparedSystem {
  readonly storePath: string;
  readonly system: string;
  readonly gcRoot: string;
  readonly origin: Origin;
}

type Origin =
  | { readonly kind: 'built here'; readonly local: LocalSystem }
  | { readonly kind: 'built on a host'; readonly host: SshTarget }
  | { readonly kind: 'to be built on the Pi'; readonly drvPath: string }
  | { readonly kind: 'given' };

/**
 * Builds what the plan named. Where the Pi builds, only the derivation is made; a given path is left for the delivery.
 *
 * @throws ProvisioningError when the configuration gives another path than the plan showed, or the build fails.
 */
export async function prepareSystem(
  context: Context,
  planned: PlannedSystem,
  options: DeliveryOptions,
): Promise<PreparedSystem> {
  const { configuration, storePath, system, buildOn, gcRoot } = planned;
  const prepared = (origin: Origin): PreparedSystem => ({ storePath, system, gcRoot, origin });
  if (configuration === undefined) return prepared({ kind: 'given' });
  const build = {
    configuration,
    output: { kind: 'toplevel' as const },
    storePath,
    gcRoot,
    timeoutSeconds: options.buildTimeoutSeconds,
  };
  if (buildOn === 'workstation') {
    await buildPlanned(context, build);
    return prepared({ kind: 'built here', local: await localSystem(storePath) });
  }
  const drvPath = await instantiatePlanned(context, build);
  if (buildOn === 'target') return prepared({ kind: 'to be built on the Pi', drvPath });
  const host = await resolveKnownHost(buildOn);
  await buildOnHost(context, host, drvPath, basename(gcRoot), options);
  return prepared({ kind: 'built on a host', host });
}

// Derivations and sources need no signature, so that Nix takes them from any login.
async function buildOnHost(
  context: Context,
  host: SshTarget,
  drvPath: string,
  name: string,
  options: DeliveryOptions,
): Promise<void> {
  await withSession(context, host, options.connectTimeoutSeconds, async (session) => {
    const consignment = { path: drvPath, closure: await localClosure(drvPath), derivation: true };
    await copyWhatFits(context, session, undefined, consignment, { ...options, substituteOnTarget: false });
    await realiseRemotely(context, session, { path: drvPath, name, timeoutSeconds: options.buildTimeoutSeconds });
  });
}
