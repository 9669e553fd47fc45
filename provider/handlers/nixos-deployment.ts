import { isDeepStrictEqual } from 'node:util';
import { readRunningSystem } from '../activation/running-system.ts';
import { removeGcRoot } from '../nix/gc-root.ts';
import { deploy } from './deploy.ts';
import {
  deploymentSchema,
  type NixosDeploymentInputs,
  type NixosDeploymentOutputs,
  recordedFacts,
} from './deployment-inputs.ts';
import { waitsForConfirmation } from './deployment-findings.ts';
import { tellFindings } from './deployment-preview.ts';
import { systemGcRoot } from './deployment.ts';
import { elevationFailures, identityFileFailures, systemFailures } from './input-rules.ts';
import type { Difference, Failure, Handler } from './handler.ts';
import { readOrKeep } from './unreachable.ts';

/** Build what the plan named, copy it to the Pi, make it run and boot, and look whether it does. */
export const nixosDeployment: Handler<NixosDeploymentInputs, NixosDeploymentOutputs> = {
  schema: deploymentSchema,

  async validate(context, inputs, previous) {
    if (inputs.storePath === undefined) {
      context.log.info(
        'The store path is known when what the configuration waits for is there: the hardware configuration of the Pi.',
      );
    }
    // A Pi that another flash made holds nothing to take over; for one that is recorded `diff` tells what it runs.
    if (previous === undefined && inputs.flashId === undefined) await tellFindings(context, inputs, undefined);
    const failures = [...systemFailures(inputs), ...goalFailures(inputs), ...elevationFailures(inputs)];
    return [...failures, ...(await identityFileFailures(inputs.connection))];
  },

  async diff(outputs, inputs, unknown, context) {
    const recorded = deploymentDifference(outputs, inputs, unknown);
    if (recorded.replaces !== undefined) return recorded;
    const running = await tellFindings(context, inputs, outputs);
    if (running === undefined) return recorded;
    // Also what runs already has to be recorded: a provider that was killed did not come to it.
    const found = deploymentDifference({ ...outputs, ...recordedFacts(running) }, inputs, unknown);
    return { changes: recorded.changes || found.changes || waitsForConfirmation(inputs, running) };
  },

  async create(context, inputs) {
    const outputs = await deploy(context, inputs);
    return { id: outputs.runningMachineId, outputs };
  },

  async read(context, _id, outputs) {
    return readOrKeep(context, outputs, async (session) => {
      const running = await session.use((connection) => readRunningSystem(connection));
      return { ...outputs, ...recordedFacts(running) };
    });
  },

  update: (context, id, outputs, inputs) => deploy(context, inputs, { id, outputs }),

  async delete(context, _id, outputs) {
    await removeGcRoot(systemGcRoot(context, outputs));
    context.log.info(
      `${outputs.connection.host} goes on running ${outputs.storePath}: destroying a deployment leaves the Pi as it is.`,
    );
  },
};

/** What is to do, given what the Pi runs and boots. */
export function deploymentDifference(
  outputs: NixosDeploymentOutputs,
  inputs: Partial<NixosDeploymentInputs>,
  unknown: readonly string[],
): Difference {
  const newMachine = unknown.includes('flashId') || inputs.flashId !== outputs.flashId;
  if (newMachine) return { changes: true, replaces: ['flashId'] };
  // The image's system only says what need not be adopted.
  const waiting = unknown.some((name) => name !== 'imageToplevel');
  // A refresh looks for the Pi where it was deployed last: at a new address it has to be found once, also if it runs the same.
  const moved = !isDeepStrictEqual(inputs.connection, outputs.connection);
  return { changes: waiting || moved || isPending(outputs, inputs) };
}

function isPending(outputs: NixosDeploymentOutputs, inputs: Partial<NixosDeploymentInputs>): boolean {
  const { storePath, goal = 'switch', reboot = 'never' } = inputs;
  const runs = outputs.storePath === storePath;
  const boots = outputs.bootStorePath === storePath;
  if (goal === 'boot' && reboot === 'never') return !boots;
  return !runs || !boots || (reboot !== 'never' && outputs.rebootNeeded);
}

function goalFailures({ goal, reboot = 'never' }: Partial<NixosDeploymentInputs>): Failure[] {
  if (goal !== 'test' || reboot === 'never') return [];
  return [{ property: 'reboot', reason: 'ends what the goal `test` makes run: leave it at `never`' }];
}
