import { activate, type ActivationResult } from '../activation/activate.ts';
import { deploymentProblems } from '../activation/deployment-problems.ts';
import { deleteGenerations, generationsToDelete, listGenerations } from '../activation/generations.ts';
import { readRunningSystem, type RunningSystem } from '../activation/running-system.ts';
import type { Context } from '../context.ts';
import { PartialFailure } from '../errors.ts';
import { buildPlanned } from '../nix/build.ts';
import { nixConfiguration } from '../nix/configuration.ts';
import { copyClosure } from '../nix/copy.ts';
import { gcRootFor } from '../nix/gc-root.ts';
import { type Contact, endContact, reachWhile } from './contact.ts';
import { requireKnownGeneration, requireMachine } from './deployment-guards.ts';
import { type NixosDeploymentInputs, type NixosDeploymentOutputs, recordedFacts } from './deployment-inputs.ts';

/** A deployment that the state knows already. */
export interface Former {
  readonly id: string;
  readonly outputs: NixosDeploymentOutputs;
}

/** What one deployment is made with. */
interface Deployment {
  readonly context: Context;
  readonly inputs: NixosDeploymentInputs;
  readonly former: Former | undefined;
  readonly contact: Contact;
}

/**
 * One deployment, from the first contact to the proof.
 *
 * @throws PartialFailure when the Pi was changed, or may have been, but does not run what was asked for; any other
 * ProvisioningError means that nothing on it was touched.
 */
export async function deploy(
  context: Context,
  inputs: NixosDeploymentInputs,
  former?: Former,
): Promise<NixosDeploymentOutputs> {
  // Whether the Pi is there should be known before a long build is over.
  const whereabouts = { ...inputs, former: former?.outputs.connection };
  const contact = await reachWhile(context, whereabouts, (shared) => build(shared, inputs));
  try {
    return await deployTo({ context, inputs, former, contact });
  } finally {
    endContact(contact);
  }
}

async function deployTo(deployment: Deployment): Promise<NixosDeploymentOutputs> {
  const { context, inputs, former, contact } = deployment;
  const before = contact.running;
  requireMachine(inputs, former?.outputs, before);
  requireKnownGeneration(inputs, former?.outputs, before);
  if (deploymentProblems(before, inputs.storePath, inputs.goal).length === 0) {
    context.log.info(`${inputs.connection.host} runs ${inputs.storePath} already.`);
    return outputsOf(deployment, await lookAt(deployment));
  }
  await copyClosure(context, contact.session.target, inputs.storePath);
  const after = await activateAndVerify(deployment);
  await keepFewGenerations(deployment, after);
  return outputsOf(deployment, after);
}

async function build(context: Context, inputs: NixosDeploymentInputs): Promise<void> {
  const configuration = nixConfiguration(inputs, process.cwd());
  const output = { kind: 'toplevel' as const };
  const gcRoot = systemGcRoot(context, inputs);
  await buildPlanned(context, { configuration, output, storePath: inputs.storePath, gcRoot });
}

async function activateAndVerify(deployment: Deployment): Promise<RunningSystem> {
  const { context, inputs, former, contact } = deployment;
  const elevation = elevationOf(inputs);
  const result = await activate(context, contact.session, elevation, inputs.storePath, inputs.activationTimeoutSeconds);
  const after = await lookAt(deployment);
  const problems = deploymentProblems(after, inputs.storePath, inputs.goal);
  if (result.outcome !== 'activated' || problems.length > 0) {
    const failure = failedDeployment(inputs, result, after, problems);
    throw new PartialFailure(failure, former?.id ?? after.machineId, outputsOf(deployment, after));
  }
  if (result.code === 4)
    context.log.warn(`${inputs.connection.host} runs the new system, but some units failed:\n${result.journal}`);
  if (after.bootInit === '') context.log.warn('What boots next was not verified: the boot loader is not extlinux.');
  return after;
}

/** Over a new connection: one that was open before says nothing about whether the Pi can still be reached. */
async function lookAt({ contact }: Deployment): Promise<RunningSystem> {
  contact.declared.dispose();
  return contact.declared.use((connection) => readRunningSystem(connection));
}

async function keepFewGenerations({ context, inputs, contact }: Deployment, after: RunningSystem): Promise<void> {
  const { keepGenerations, storePath } = inputs;
  if (keepGenerations === undefined || after.profile !== storePath) return;
  await contact.declared.use(async (connection) => {
    const needed = [after.bootedSystem, after.currentSystem, storePath];
    const old = generationsToDelete(await listGenerations(connection), keepGenerations, needed);
    if (old.length === 0) return;
    context.progress(`deleting ${String(old.length)} old generations`);
    await deleteGenerations(connection, elevationOf(inputs), old, storePath);
  });
}

function elevationOf(inputs: NixosDeploymentInputs) {
  return { sudoPassword: inputs.sudoPassword };
}

function outputsOf({ inputs, former, contact }: Deployment, after: RunningSystem): NixosDeploymentOutputs {
  const before = contact.running.currentSystem;
  const previousStorePath = before === after.currentSystem ? (former?.outputs.previousStorePath ?? '') : before;
  return { ...inputs, previousStorePath, ...recordedFacts(after) };
}

// A replacement has the same URN, and is there before the deployment that it replaces is deleted.
export function systemGcRoot(context: Context, inputs: NixosDeploymentInputs): string {
  return gcRootFor(`${context.urn ?? inputs.connection.host} ${inputs.flashId ?? ''}`, 'system');
}

function failedDeployment(
  inputs: NixosDeploymentInputs,
  result: ActivationResult,
  after: RunningSystem,
  problems: readonly string[],
) {
  const host = inputs.connection.host;
  const outcomes = {
    activated: `The deployment on ${host} ended, but ${problems.join('; ')}.`,
    'rolled-back': `${inputs.storePath} could not be activated on ${host} (switch-to-configuration ended with ${String(result.code)}); ${host} went back to ${after.currentSystem}.`,
    interrupted: `The activation of ${inputs.storePath} on ${host} was cut off before it ended: did ${host} lose its power or restart? It runs ${after.currentSystem} now.`,
    failed: `${inputs.storePath} could not be deployed on ${host} (exit code ${String(result.code)}); it runs ${after.currentSystem} now.`,
  };
  return {
    what: outcomes[result.outcome],
    original: result.journal.split('\n').slice(-30).join('\n'),
    remedy:
      result.outcome === 'interrupted'
        ? 'Run `pulumi up` again; the state records what really runs.'
        : 'Mend the configuration and run `pulumi up` again; the state records what really runs.',
  };
}
