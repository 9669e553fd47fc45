import type { RunningSystem } from '../activation/running-system.ts';
import { ProvisioningError } from '../errors.ts';
import type { NixosDeploymentInputs, NixosDeploymentOutputs } from './deployment-inputs.ts';

/**
 * After addresses were swapped another of one's own Pis may answer, with a host key that was recorded for it.
 *
 * @throws ProvisioningError when the machine id is not the expected one.
 */
export function requireMachine(
  inputs: NixosDeploymentInputs,
  former: NixosDeploymentOutputs | undefined,
  running: RunningSystem,
): void {
  const expected = inputs.machineId ?? former?.runningMachineId;
  if (expected === undefined || expected === running.machineId) return;
  throw new ProvisioningError({
    what: `${inputs.connection.host} is another machine than this stack's: its machine id is ${running.machineId}, not ${expected}.`,
    remedy: 'Were addresses swapped? Nothing was changed on it. If the card was flashed anew, let the stack flash it.',
  });
}

/**
 * A generation that this stack did not make may be someone's work: it is replaced only when that is asked for.
 *
 * @throws ProvisioningError when what runs is not known and `adopt` is not set.
 */
export function requireKnownGeneration(
  inputs: NixosDeploymentInputs,
  former: NixosDeploymentOutputs | undefined,
  running: RunningSystem,
): void {
  if (inputs.adopt || isKnownGeneration(inputs, former, running)) return;
  const { host } = inputs.connection;
  throw new ProvisioningError({
    what: `${host} runs ${running.currentSystem}, which this stack did not deploy: nothing was changed.`,
    tried:
      'what the state records, the image of the card, and the record of deployments on the Pi (/var/lib/pulumi-nixos-pi)',
    remedy:
      former === undefined
        ? `To take ${host} over as it is, set \`adopt: true\` (config \`adopt\`); \`pulumi preview\` shows what would change on it.`
        : `Was it \`nixos-rebuild\` on the Pi, or system.autoUpgrade? To replace it, look at it with \`pulumi refresh\` and run \`pulumi up\` again, or set \`adopt: true\` (config \`adopt\`).`,
  });
}

/** Whether the running generation came from this stack: its state, its image, or a deployment that the Pi recorded. */
export function isKnownGeneration(
  inputs: Partial<NixosDeploymentInputs>,
  former: NixosDeploymentOutputs | undefined,
  running: RunningSystem,
): boolean {
  const known = [
    inputs.storePath,
    inputs.imageToplevel,
    former?.storePath,
    former?.previousStorePath,
    former?.bootStorePath,
    ...running.deployedStorePaths,
  ];
  return known.includes(running.currentSystem) || isFirstSystemOf(inputs, running);
}

// A nixpkgs that does not tell what its image boots: the card's first system is the first and only generation.
function isFirstSystemOf(inputs: Partial<NixosDeploymentInputs>, running: RunningSystem): boolean {
  return (
    inputs.flashId !== undefined &&
    (inputs.imageToplevel ?? '') === '' &&
    running.generation <= 1 &&
    running.currentSystem === running.profile
  );
}
