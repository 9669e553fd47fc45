import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { activate, type ActivationResult } from '../activation/activate.ts';
import { deploymentProblems } from '../activation/deployment-problems.ts';
import { readRunningSystem, type RunningSystem } from '../activation/running-system.ts';
import type { Context } from '../context.ts';
import { PartialFailure, ProvisioningError } from '../errors.ts';
import { buildPlanned } from '../nix/build.ts';
import { configurationShape, nixConfiguration } from '../nix/configuration.ts';
import { copyClosure } from '../nix/copy.ts';
import { gcRootFor, removeGcRoot } from '../nix/gc-root.ts';
import { type SshSession, withSession } from '../ssh/session.ts';
import { resolveSshTarget, sshTargetSchema } from '../ssh/target.ts';
import { isStorePath } from '../values/store-path.ts';
import { identityFileFailures, systemFailures } from './checks.ts';
import type { Created, Handler } from './handler.ts';
import { readOrKeep } from './unreachable.ts';

const schema = z.strictObject({
  connection: sshTargetSchema,
  sudoPassword: z.string().optional(),
  ...configurationShape,
  /** What the Pi has to run, evaluated in the program. */
  storePath: z.string().refine(isStorePath, 'is no store path'),
  evaluatedSystem: z.string(),
  system: z.string().default('aarch64-linux'),
  flashId: z.string().optional(),
  machineId: z.string().optional(),
  connectTimeoutSeconds: z.number().positive().default(120),
  activationTimeoutSeconds: z.number().positive().default(900),
});

export type NixosDeploymentInputs = z.infer<typeof schema>;

export interface NixosDeploymentOutputs extends NixosDeploymentInputs {
  /** What ran before; empty for none. */
  readonly previousStorePath: string;
  /** What the boot loader starts next; the profile where the boot loader cannot be read. */
  readonly bootStorePath: string;
  readonly generation: number;
  readonly kernel: string;
  readonly bootId: string;
  readonly rebootNeeded: boolean;
  readonly runningMachineId: string;
}

/** Build what the plan named, copy it to the Pi, make it run and boot, and look whether it does. */
export const nixosDeployment: Handler<NixosDeploymentInputs, NixosDeploymentOutputs> = {
  schema,

  async validate(context, inputs) {
    if (inputs.storePath === undefined) {
      context.log.info(
        'The store path is known when what the configuration waits for is there: the hardware configuration of the Pi.',
      );
    }
    return [...systemFailures(inputs), ...(await identityFileFailures(inputs.connection))];
  },

  diff(outputs, inputs, unknown) {
    const newMachine = unknown.includes('flashId') || inputs.flashId !== outputs.flashId;
    // A refresh looks for the Pi where it was deployed last: at a new address it has to be found once, also if it runs the same.
    const moved = !isDeepStrictEqual(inputs.connection, outputs.connection);
    const stale =
      unknown.length > 0 ||
      inputs.storePath !== outputs.storePath ||
      inputs.storePath !== outputs.bootStorePath ||
      moved;
    return newMachine ? { changes: true, replaces: ['flashId'] } : { changes: stale };
  },

  async create(context, inputs): Promise<Created<NixosDeploymentOutputs>> {
    const outputs = await deploy(context, inputs, undefined);
    return { id: outputs.runningMachineId, outputs };
  },

  async read(context, _id, outputs) {
    return readOrKeep(context, outputs, async (session) => {
      const running = await session.use((connection) => readRunningSystem(connection));
      return { ...outputs, ...facts(running) };
    });
  },

  update: (context, id, _outputs, inputs) => deploy(context, inputs, id),

  async delete(context, _id, outputs) {
    await removeGcRoot(gcRoot(context, outputs));
    context.log.info(
      `${outputs.connection.host} goes on running ${outputs.storePath}: destroying a deployment leaves the Pi as it is.`,
    );
  },
};

async function deploy(
  context: Context,
  inputs: NixosDeploymentInputs,
  id: string | undefined,
): Promise<NixosDeploymentOutputs> {
  const configuration = nixConfiguration(inputs, process.cwd());
  const output = { kind: 'toplevel' as const };
  await buildPlanned(context, { configuration, output, storePath: inputs.storePath, gcRoot: gcRoot(context, inputs) });
  const target = await resolveSshTarget(inputs.connection);
  return withSession(context, target, inputs.connectTimeoutSeconds, async (session) => {
    const before = await session.use((connection) => readRunningSystem(connection));
    requireMachine(inputs, before);
    await copyClosure(context, target, inputs.storePath);
    if (deploymentProblems(before, inputs.storePath).length === 0) {
      context.log.info(`${inputs.connection.host} runs ${inputs.storePath} already.`);
      return outputsOf(inputs, before, before);
    }
    return activateAndVerify(context, session, inputs, before, id);
  });
}

async function activateAndVerify(
  context: Context,
  session: SshSession,
  inputs: NixosDeploymentInputs,
  before: RunningSystem,
  id: string | undefined,
): Promise<NixosDeploymentOutputs> {
  const elevation = { sudoPassword: inputs.sudoPassword };
  const result = await activate(context, session, elevation, inputs.storePath, inputs.activationTimeoutSeconds);
  // A new connection: one that was open before says nothing about whether the Pi can still be reached.
  session.dispose();
  const after = await session.use((connection) => readRunningSystem(connection));
  const outputs = outputsOf(inputs, before, after);
  const problems = deploymentProblems(after, inputs.storePath);
  if (result.outcome !== 'activated' || problems.length > 0) {
    throw new PartialFailure(failedDeployment(inputs, result, after, problems), id ?? after.machineId, outputs);
  }
  if (result.code === 4)
    context.log.warn(`${inputs.connection.host} runs the new system, but some units failed:\n${result.journal}`);
  if (after.bootInit === '') context.log.warn('What boots next was not verified: the boot loader is not extlinux.');
  return outputs;
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

function requireMachine(inputs: NixosDeploymentInputs, running: RunningSystem): void {
  if (inputs.machineId === undefined || inputs.machineId === running.machineId) return;
  throw new ProvisioningError({
    what: `${inputs.connection.host} is another machine than this stack's: its machine id is ${running.machineId}, not ${inputs.machineId}.`,
    remedy: 'Were addresses swapped? Nothing was changed on it. If the card was flashed anew, let the stack flash it.',
  });
}

function outputsOf(inputs: NixosDeploymentInputs, before: RunningSystem, after: RunningSystem): NixosDeploymentOutputs {
  return { ...inputs, previousStorePath: before.currentSystem, ...facts(after) };
}

function facts(running: RunningSystem) {
  return {
    storePath: running.currentSystem,
    bootStorePath: running.bootInit === '' ? running.profile : running.bootInit.replace(/\/init$/, ''),
    generation: running.generation,
    kernel: running.kernel,
    bootId: running.bootId,
    rebootNeeded: running.rebootNeeded,
    runningMachineId: running.machineId,
  };
}

// A replacement has the same URN, and is there before the deployment that it replaces is deleted.
function gcRoot(context: Context, inputs: NixosDeploymentInputs): string {
  return gcRootFor(`${context.urn ?? inputs.connection.host} ${inputs.flashId ?? ''}`, 'system');
}
