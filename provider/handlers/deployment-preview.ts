import { readRunningSystem, type RunningSystem } from '../activation/running-system.ts';
import type { Context } from '../context.ts';
import { ProvisioningError } from '../errors.ts';
import { describePackageChanges } from '../nix/describe-package-changes.ts';
import { packageChanges } from '../nix/package-changes.ts';
import { HostKeyError } from '../ssh/connection.ts';
import { withSession } from '../ssh/session.ts';
import { resolveSshTarget, type SshTargetInputs } from '../ssh/target.ts';
import { describeFindings } from './deployment-findings.ts';
import type { NixosDeploymentInputs, NixosDeploymentOutputs } from './deployment-inputs.ts';

/** A preview is not held up for longer than this by a Pi that does not answer. */
const probeSeconds = 2;

/**
 * Asks the Pi what it runs now, and tells what that means for what is wanted and what was recorded. Never fails.
 *
 * @returns what runs; undefined for a Pi that does not answer.
 */
export async function tellFindings(
  context: Context,
  inputs: Partial<NixosDeploymentInputs>,
  recorded: NixosDeploymentOutputs | undefined,
): Promise<RunningSystem | undefined> {
  const connection = recorded?.connection ?? inputs.connection;
  if (connection?.hostKey === undefined) return undefined;
  const running = await probe(context, connection);
  const host = inputs.connection?.host ?? connection.host;
  for (const line of describeFindings({ host, inputs, recorded, running })) context.log.info(line);
  await tellPackages(context, running?.currentSystem ?? recorded?.storePath, inputs.storePath);
  return running;
}

async function tellPackages(context: Context, before: string | undefined, after: string | undefined): Promise<void> {
  if (before === undefined || after === undefined || before === after) return;
  const changes = await packageChanges(before, after, { signal: context.signal });
  const lines = changes === undefined ? [] : describePackageChanges(changes);
  if (lines.length > 0) context.log.info(lines.join('\n'));
}

async function probe(context: Context, connection: SshTargetInputs): Promise<RunningSystem | undefined> {
  const quiet = {
    ...context,
    progress: () => undefined,
    signal: AbortSignal.any([context.signal, AbortSignal.timeout(probeSeconds * 1000)]),
  };
  try {
    const target = await resolveSshTarget(connection);
    return await withSession(quiet, target, probeSeconds, (session) =>
      session.use((opened) => readRunningSystem(opened, probeSeconds)),
    );
  } catch (error) {
    if (error instanceof HostKeyError) context.log.warn(error.message);
    if (error instanceof ProvisioningError || quiet.signal.aborted) return undefined;
    throw error;
  }
}
