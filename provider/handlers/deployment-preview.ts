import { once } from 'node:events';
import { whyUnprotected } from '../activation/reboot.ts';
import { readRunningSystem, type RunningSystem } from '../activation/running-system.ts';
import type { Context } from '../context.ts';
import { ProvisioningError } from '../errors.ts';
import { describePackageChanges } from '../nix/describe-package-changes.ts';
import { describeRealisation, realisationPlan } from '../nix/dry-run.ts';
import { packageChanges } from '../nix/package-changes.ts';
import { UnreachableError } from '../ssh/connection.ts';
import { withSession } from '../ssh/session.ts';
import { resolveSshTarget, type SshTargetInputs } from '../ssh/target.ts';
import { describeFindings, restarts } from './deployment-findings.ts';
import type { NixosDeploymentInputs, NixosDeploymentOutputs } from './deployment-inputs.ts';

/** A preview is not held up for longer than this by a Pi that does not answer. */
const probeSeconds = 2;
/** Nor by a substituter that does not tell what it has. */
const planSeconds = 5;

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
  const { running, unprotected } = (await probe(context, connection, inputs)) ?? {};
  const { host } = connection;
  for (const line of describeFindings({ host, inputs, recorded, running, unprotected })) context.log.info(line);
  await tellPackages(context, running?.currentSystem ?? recorded?.storePath, inputs.storePath);
  return running;
}

async function tellPackages(context: Context, before: string | undefined, after: string | undefined): Promise<void> {
  if (before === undefined || after === undefined || before === after) return;
  const changes = await packageChanges(before, after, { signal: context.signal });
  const lines = changes === undefined ? [] : describePackageChanges(changes);
  const plan = await realisationPlan(after, { signal: context.signal, timeoutSeconds: planSeconds });
  const work = plan === undefined ? '' : describeRealisation(plan);
  if (lines.length > 0 || work !== '') context.log.info([...lines, work].filter(Boolean).join('\n'));
}

interface Look {
  readonly running: RunningSystem;
  readonly unprotected: string | undefined;
}

async function probe(
  context: Context,
  connection: SshTargetInputs,
  inputs: Partial<NixosDeploymentInputs>,
): Promise<Look | undefined> {
  const deadline = AbortSignal.any([context.signal, AbortSignal.timeout(probeSeconds * 1000)]);
  const quiet = { ...context, progress: () => undefined, signal: deadline };
  // An attempt to connect that is under way when the time is over is not waited for.
  const late = once(deadline, 'abort').then(() => undefined);
  try {
    return await Promise.race([look(quiet, connection, inputs), late]);
  } catch (error) {
    // Only a Pi that does not answer is pending and no more; for all else there is something to mend.
    if (error instanceof ProvisioningError && !(error instanceof UnreachableError)) context.log.warn(error.message);
    if (error instanceof ProvisioningError || deadline.aborted) return undefined;
    throw error;
  }
}

async function look(
  context: Context,
  connection: SshTargetInputs,
  inputs: Partial<NixosDeploymentInputs>,
): Promise<Look> {
  const target = await resolveSshTarget(connection);
  return withSession(context, target, probeSeconds, (session) =>
    session.use(async (opened) => ({
      running: await readRunningSystem(opened, probeSeconds),
      unprotected: restarts(inputs) ? await whyUnprotected(opened, inputs.storePath ?? '') : undefined,
    })),
  );
}
