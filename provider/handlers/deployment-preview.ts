import { once } from 'node:events';
import { whyUnprotected } from '../activation/reboot.ts';
import { readRunningSystem, type RunningSystem } from '../activation/running-system.ts';
import type { Context } from '../context.ts';
import { ProvisioningError } from '../errors.ts';
import { describePackageChanges } from '../nix/describe-package-changes.ts';
import { describeRealisation, realisationPlan } from '../nix/dry-run.ts';
import { packageChanges } from '../nix/package-changes.ts';
import { UnreachableError } from '../ssh/connection.ts';
import { type SshSession, withSession } from '../ssh/session.ts';
import type { SshTarget, SshTargetInputs } from '../ssh/target.ts';
import { placesToLook } from './contact.ts';
import { keepWithLook } from './recent-look.ts';
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
  const [connection, former] = [inputs.connection, recorded?.connection].filter((each) => each?.hostKey !== undefined);
  if (connection === undefined) return undefined;
  const { running, unprotected } = (await probe(context, { connection, former }, inputs)) ?? {};
  const { host } = connection;
  for (const line of describeFindings({ host, inputs, recorded, running, unprotected })) context.log.info(line);
  await tellPackages(context, running?.currentSystem ?? recorded?.storePath, inputs.storePath);
  return running;
}

async function tellPackages(context: Context, before: string | undefined, after: string | undefined): Promise<void> {
  if (before === undefined || after === undefined || before === after) return;
  const changes = await packageChanges(before, after, { signal: context.signal });
  const lines = changes === undefined ? [] : describePackageChanges(changes);
  // What is compared exactly is in this machine's store: there is nothing to build or to fetch.
  const isThere = changes?.approximate === false;
  const plan = isThere
    ? undefined
    : await realisationPlan(after, { signal: context.signal, timeoutSeconds: planSeconds });
  const work = plan === undefined ? '' : describeRealisation(plan);
  if (lines.length > 0 || work !== '') context.log.info([...lines, work].filter(Boolean).join('\n'));
}

interface Look {
  readonly running: RunningSystem;
  readonly unprotected: string | undefined;
}

interface Addresses {
  readonly connection: SshTargetInputs;
  /** Where the Pi was deployed last. */
  readonly former: SshTargetInputs | undefined;
}

/** Looks at all addresses side by side; the first that answers is the Pi. */
async function probe(
  context: Context,
  addresses: Addresses,
  inputs: Partial<NixosDeploymentInputs>,
): Promise<Look | undefined> {
  const found = new AbortController();
  const deadline = AbortSignal.timeout(probeSeconds * 1000);
  const signal = AbortSignal.any([context.signal, deadline, found.signal]);
  const quiet = { ...context, progress: () => undefined, signal };
  const failures: unknown[] = [];
  try {
    const looks = (await placesToLook(addresses)).map(({ target }) =>
      look(quiet, target, inputs).catch((error: unknown) => {
        failures.push(error);
        throw error;
      }),
    );
    // An attempt to connect that is under way when the time is over is not waited for.
    return await Promise.race([Promise.any(looks), aborted(signal)]);
  } catch (error) {
    // What was aborted says so.
    const unexpected = error instanceof AggregateError ? error.errors : [error];
    if (!signal.aborted) throwUnexpected(unexpected);
    tellWhatIsToMend(context, error instanceof ProvisioningError ? [error] : failures);
    return undefined;
  } finally {
    found.abort();
  }
}

async function aborted(signal: AbortSignal): Promise<never> {
  await once(signal, 'abort');
  throw signal.reason;
}

function throwUnexpected(errors: readonly unknown[]): void {
  for (const error of errors) if (!(error instanceof ProvisioningError)) throw error;
}

/** Only a Pi that does not answer is pending and no more; for all else there is something to mend. */
function tellWhatIsToMend(context: Context, failures: readonly unknown[]): void {
  for (const error of failures) {
    if (error instanceof ProvisioningError && !(error instanceof UnreachableError)) context.log.warn(error.message);
  }
}

async function look(context: Context, target: SshTarget, inputs: Partial<NixosDeploymentInputs>): Promise<Look> {
  const work = async (session: SshSession) => {
    const found = await session.use(async (opened) => ({
      running: await readRunningSystem(opened, probeSeconds),
      unprotected: restarts(inputs) ? await whyUnprotected(opened, inputs.storePath ?? '') : undefined,
    }));
    // Where there is something to do, it is done a moment later.
    const opened = session.release();
    if (opened !== undefined) keepWithLook(opened, found.running);
    return found;
  };
  return withSession(context, target, probeSeconds, work, { graceSeconds: 0 });
}
