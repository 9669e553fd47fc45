import { hostname, userInfo } from 'node:os';
import { deploymentProblems } from '../activation/deployment-problems.ts';
import {
  deleteGenerations,
  type Generation,
  garbageCollected,
  generationsToDelete,
  listGenerations,
} from '../activation/generations.ts';
import { confirmReboot, rebootInto } from '../activation/reboot.ts';
import { readRunningSystem, type RunningSystem } from '../activation/running-system.ts';
import { supervise } from '../activation/supervise.ts';
import type { Context } from '../context.ts';
import { PartialFailure, type Problem, ProvisioningError } from '../errors.ts';
import { nixConfiguration } from '../nix/configuration.ts';
import { deliverSystem, missingOf, type PreparedSystem, prepareSystem } from '../nix/deliver.ts';
import { gcRootFor } from '../nix/gc-root.ts';
import { UnreachableError } from '../ssh/connection.ts';
import type { Elevation } from '../ssh/elevate.ts';
import type { SshSession } from '../ssh/session.ts';
import { type Contact, endContact, lookAnywhere, reachWhile, type Sighting } from './contact.ts';
import {
  describeFailedUnits,
  failedDeployment,
  failedReboot,
  isFailed,
  refusedDeployment,
} from './deployment-failures.ts';
import { waitsForConfirmation } from './deployment-findings.ts';
import { deliverWithRoom } from './deliver-with-room.ts';
import { requireKnownGeneration, requireMachine } from './deployment-guards.ts';
import { type NixosDeploymentInputs, type NixosDeploymentOutputs, recordedFacts } from './deployment-inputs.ts';
import { counted } from '../values/counted.ts';
import { afterOwnDeployment } from './own-deployment.ts';

/** A deployment that the state knows already. */
export interface Former {
  readonly id: string;
  readonly outputs: NixosDeploymentOutputs;
}

/** What one deployment is made with. */
interface Deployment {
  readonly context: Context;
  readonly inputs: NixosDeploymentInputs;
  readonly elevation: Elevation;
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
  let prepared: PreparedSystem | undefined;
  const [contact, system] = await reachWhile(
    context,
    whereabouts,
    async (shared) => (prepared = await prepare(shared, inputs)),
    (connection) => prepared && missingOf(prepared, connection),
  );
  try {
    const elevation = { sudoPassword: inputs.sudoPassword, method: inputs.elevation };
    const running = await afterOwnDeployment(context, inputs, deployerOf(context), contact);
    return await deployTo({ context, inputs, elevation, former, contact: { ...contact, running } }, system);
  } finally {
    endContact(contact);
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
    const deliver = (again: boolean) =>
      deliverSystem(context, contact.session, elevation, system, inputs, again ? undefined : contact.delta);
    await deliverWithRoom(deliver, () => makeRoom(deployment));
    await activate(deployment);
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

/** A reboot whose deployer died is still to be confirmed: the Pi would go back otherwise. */
async function confirmPendingReboot({ inputs, elevation, contact }: Deployment): Promise<void> {
  const { pendingReboot } = contact.running;
  if (pendingReboot === undefined || !waitsForConfirmation(inputs, contact.running)) return;
  if (await contact.session.use((connection) => confirmReboot(connection, elevation, pendingReboot.run))) return;
  throw new ProvisioningError({
    what: `${inputs.connection.host} is going back from ${inputs.storePath}: its reboot is confirmed too late.`,
    remedy: 'Wait until it has restarted, then run `pulumi up` again.',
  });
}

/** Whether the Pi is to be restarted now. A system that ran before is not restarted into again only because that is allowed. */
export function rebootIsDue(inputs: NixosDeploymentInputs, installed: RunningSystem, isNew: boolean): boolean {
  const waits = installed.rebootNeeded || installed.currentSystem !== inputs.storePath;
  return { never: false, whenNeeded: waits, always: waits || isNew }[inputs.reboot];
}

/** Lets the Pi activate the system, and keep it if it can be reached then. */
async function activate(deployment: Deployment): Promise<void> {
  const { context, inputs, elevation, contact } = deployment;
  const sessions = { current: contact.session, confirmation: contact.declared };
  const { currentSystem: expectedSystem, address } = contact.running;
  const request = { ...inputs, expectedSystem, address, deployer: deployerOf(context) };
  const result = await supervise(context, sessions, elevation, request).catch((error: unknown) => {
    if (error instanceof UnreachableError) throw partialFailure(deployment, error.problem, contact);
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

/** Where the Pi is now. What only boots next has not moved it yet. */
function reached({ inputs, contact }: Deployment): SshSession {
  return inputs.goal === 'boot' ? contact.session : contact.declared;
}

async function reboot(deployment: Deployment, installed: RunningSystem): Promise<RunningSystem> {
  const { context, inputs, elevation, contact } = deployment;
  const sessions = { current: reached(deployment), confirmation: contact.declared };
  const before = await bootedBefore(deployment, installed);
  const result = await rebootInto(context, sessions, elevation, {
    ...inputs,
    previousSystem: before.storePath,
    previousGeneration: before.number,
    deployer: deployerOf(context),
    bootId: installed.bootId,
  });
  if (result.unprotected !== undefined) {
    const { host } = inputs.connection;
    context.log.warn(`${host} could not have gone back by itself after this reboot: ${result.unprotected}.`);
  }
  if (result.outcome === 'rebooted' && result.running !== undefined) return result.running;
  const running = result.running ?? installed;
  throw partialFailure(deployment, failedReboot(inputs, result), { running, address: inputs.connection });
}

/** What to boot again should the new system not come up. */
async function bootedBefore(deployment: Deployment, installed: RunningSystem): Promise<Generation> {
  const { profile, generation } = deployment.contact.running;
  if (profile !== '' && profile !== installed.profile) return { storePath: profile, number: generation };
  const generations = await reached(deployment).use((connection) => listGenerations(connection));
  const storePath = installed.bootedSystem;
  return { storePath, number: generations.findLast((each) => each.storePath === storePath)?.number ?? 0 };
}

/** The state records what runs, and the address at which the Pi was found. */
function partialFailure(
  deployment: Deployment,
  problem: Problem,
  { running, address }: Pick<Sighting, 'running' | 'address'>,
): PartialFailure {
  const outputs = { ...outputsOf(deployment, running), connection: address };
  return new PartialFailure(problem, deployment.former?.id ?? running.machineId, outputs);
}

async function keepFewGenerations(deployment: Deployment, after: RunningSystem): Promise<void> {
  const { context, inputs, elevation } = deployment;
  const { keepGenerations, storePath } = inputs;
  if (keepGenerations === undefined || after.profile !== storePath) return;
  const deleting = reached(deployment).use(async (connection) => {
    const needed = [after.bootedSystem, after.currentSystem, storePath];
    const old = generationsToDelete(await listGenerations(connection), keepGenerations, needed);
    if (old.length === 0) return;
    context.progress(`deleting ${counted(old.length, 'old generation')}`);
    await deleteGenerations(connection, elevation, old, storePath, deployerOf(context));
  });
  await deleting.catch((error: unknown) => {
    if (!(error instanceof ProvisioningError)) throw error;
    context.log.warn(`The deployment is done, but old generations were not deleted. ${error.message}`);
  });
}

/**
 * What `keepGenerations` would delete after the deployment goes before it, where the new system does not fit. The new one counts.
 *
 * @returns whether there is more room.
 */
async function makeRoom({ context, inputs, elevation, contact }: Deployment): Promise<boolean> {
  const { keepGenerations } = inputs;
  const { profile, bootedSystem, currentSystem, bootInit } = contact.running;
  if (keepGenerations === undefined || profile === '') return false;
  const needed = [profile, bootedSystem, currentSystem, bootInit.replace(/\/init$/, '')];
  const generations = await contact.session.use((connection) => listGenerations(connection));
  const old = generationsToDelete(generations, keepGenerations - 1, needed);
  if (old.length === 0) return false;
  context.log.info(
    `${inputs.connection.host} has too little room: as \`keepGenerations\` says, ${counted(old.length, 'old generation')} will be deleted before the new system is copied.`,
  );
  await contact.session.use((connection) =>
    deleteGenerations(connection, elevation, old, profile, deployerOf(context)),
  );
  context.progress('waiting for the garbage collection');
  await contact.session.use((connection) => garbageCollected(connection, inputs.copyTimeoutSeconds));
  return true;
}

function outputsOf({ inputs, former, contact }: Deployment, after: RunningSystem): NixosDeploymentOutputs {
  const before = contact.running.currentSystem;
  const previousStorePath = before === after.currentSystem ? (former?.outputs.previousStorePath ?? '') : before;
  return { ...inputs, previousStorePath, ...recordedFacts(after) };
}

/** Who deploys, for whoever finds the Pi busy, and for the Pi's record. */
export function deployerOf({ urn }: Context): string {
  const [, stack] = /^urn:pulumi:([^:]+)::/.exec(urn ?? '') ?? [];
  const person = `${loginName()}@${hostname()}`;
  return stack === undefined ? person : `stack ${stack}, ${person}`;
}

/** A container's user may have no entry in /etc/passwd. */
function loginName(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env['USER'] ?? 'someone';
  }
}

// A replacement has the same URN, and is there before the deployment that it replaces is deleted.
export function systemGcRoot(context: Context, inputs: NixosDeploymentInputs): string {
  return gcRootFor(`${context.urn ?? inputs.connection.host} ${inputs.flashId ?? ''}`, 'system');
}
