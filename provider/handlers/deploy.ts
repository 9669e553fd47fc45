import { deploymentProblems } from '../activation/deployment-problems.ts';
import { readRunningSystem, type RunningSystem } from '../activation/running-system.ts';
import { unusedDisk } from '../activation/unused-disk.ts';
import { type DeliverAgain, supervise } from '../activation/supervise.ts';
import { UntoldError } from '../activation/unfinished-deployment.ts';
import type { Context } from '../context.ts';
import { PartialFailure, ProvisioningError } from '../errors.ts';
import { nixConfiguration } from '../nix/configuration.ts';
import { deliverSystem, type PreparedSystem, prepareSystem } from '../nix/deliver.ts';
import { NoRoomError } from '../nix/room.ts';
import { UnreachableError } from '../ssh/connection.ts';
import { endContact, lookAnywhere, reachWhile } from './contact.ts';
import { deliverWithRoom } from './deliver-with-room.ts';
import { describeFailedUnits, failedDeployment, isFailed, refusedDeployment } from './deployment-failures.ts';
import { requireKnownGeneration, requireMachine } from './deployment-guards.ts';
import type { NixosDeploymentInputs, NixosDeploymentOutputs } from './deployment-inputs.ts';
import { confirmPendingReboot, reboot, rebootIsDue } from './deployment-reboot.ts';
import {
  type Deployment,
  deployerOf,
  type Former,
  outputsOf,
  partialFailure,
  reached,
  systemGcRoot,
} from './deployment.ts';
import { keepFewGenerations, makeRoom } from './keep-generations.ts';
import { afterOwnDeployment } from './own-deployment.ts';
import { withUnusedDisk } from './unused-disk.ts';

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
  const [contact, system] = await reachWhile(context, whereabouts, (shared) => prepare(shared, inputs));
  const found = await afterOwnDeployment(context, whereabouts, deployerOf(context), contact);
  try {
    const elevation = { sudoPassword: inputs.sudoPassword, method: inputs.elevation };
    return await deployTo({ context, inputs, elevation, former, contact: found }, system);
  } finally {
    endContact(found);
  }
}

function prepare(context: Context, inputs: NixosDeploymentInputs): Promise<PreparedSystem> {
  const { configuration, flake, storePath, system, buildOn } = inputs;
  const isGiven = configuration === undefined && flake === undefined;
  const planned = {
    configuration: isGiven ? undefined : nixConfiguration(inputs, process.cwd()),
    storePath,
    system,
    buildOn,
    gcRoot: systemGcRoot(context, inputs),
  };
  return prepareSystem(context, planned, inputs);
}

async function deployTo(deployment: Deployment, system: PreparedSystem): Promise<NixosDeploymentOutputs> {
  const { context, inputs, elevation, former, contact } = deployment;
  requireMachine(inputs, former?.outputs, contact.running);
  requireKnownGeneration(inputs, former?.outputs, contact.running);
  await confirmPendingReboot(deployment);
  const isNew = deploymentProblems(contact.running, inputs.storePath, inputs.goal).length > 0;
  if (isNew) {
    // Not for another time, which comes after more room was made or the connection was lost: what was seen may not be true any more.
    const seen = { ...contact.running, at: contact.at };
    const deliver = (again: boolean, session = contact.session) =>
      deliverSystem(context, session, elevation, system, inputs, again ? undefined : seen);
    await deliverWithRoom(deliver, () => makeRoom(deployment)).catch(async (error: unknown) => {
      throw error instanceof NoRoomError ? await withUnusedDisk(error, () => contact.session.use(unusedDisk)) : error;
    });
    await activate(deployment, (session) => deliver(true, session));
  } else {
    context.log.info(`${inputs.connection.host} runs ${inputs.storePath} already.`);
  }
  const after = await changed(deployment, async () => {
    const installed = await verify(deployment);
    return rebootIsDue(inputs, installed, isNew) ? await reboot(deployment, installed) : installed;
  });
  await keepFewGenerations(deployment, after);
  return outputsOf(deployment, after);
}

/** From here on the Pi may have been changed: whatever goes wrong is recorded, with what was known of it last. */
async function changed<T>(deployment: Deployment, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ProvisioningError) || error instanceof PartialFailure) throw error;
    throw partialFailure(deployment, error.problem, deployment.contact);
  }
}

/** Lets the Pi activate the system, and keep it if it can be reached then. */
async function activate(deployment: Deployment, deliverAgain: DeliverAgain): Promise<void> {
  const { context, inputs, elevation, contact } = deployment;
  const sessions = { current: contact.session, confirmation: contact.declared };
  const { currentSystem: expectedSystem, address } = contact.running;
  const request = { ...inputs, expectedSystem, address, deployer: deployerOf(context) };
  const result = await supervise(context, sessions, elevation, request, deliverAgain).catch((error: unknown) => {
    if (error instanceof UnreachableError || error instanceof UntoldError)
      throw partialFailure(deployment, error.problem, contact);
    throw error;
  });
  if (result.outcome === 'refused') throw new ProvisioningError(refusedDeployment(inputs, result));
  if (isFailed(result)) {
    const found = await lookAnywhere(context, { ...inputs, former: contact.address }).catch(notSeen);
    throw partialFailure(deployment, failedDeployment(inputs, result, found?.running), found ?? contact);
  }
  if (result.reason !== '') context.log.warn(describeFailedUnits(inputs.connection.host, result));
}

/** That a Pi does not answer after it went back must not hide why it went back. */
function notSeen(error: unknown): undefined {
  if (!(error instanceof ProvisioningError)) throw error;
}

/** Looks over the connection that confirmed, or a new one: one from before says nothing about whether the Pi can be reached. */
async function verify(deployment: Deployment): Promise<RunningSystem> {
  const { context, inputs } = deployment;
  const { host } = inputs.connection;
  const after = await reached(deployment).use((connection) => readRunningSystem(connection));
  const problems = deploymentProblems(after, inputs.storePath, inputs.goal);
  if (problems.length > 0) {
    const problem = {
      what: `The deployment on ${host} ended, but not as it should: ${problems.join('; ')}.`,
      remedy: 'Run `pulumi up` again; the state records what really runs.',
    };
    throw partialFailure(deployment, problem, { running: after, address: inputs.connection });
  }
  if (after.bootInit === '') context.log.warn('What boots next was not verified: the boot loader is not extlinux.');
  if (inputs.goal === 'test')
    context.log.info(`${host} runs ${inputs.storePath} until its next reboot; it is not deployed.`);
  return after;
}
