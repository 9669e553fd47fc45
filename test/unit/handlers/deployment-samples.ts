import { deploymentSchema, type NixosDeploymentInputs } from '../../../provider/handlers/deployment-inputs.ts';
import type { NixosDeploymentOutputs } from '../../../provider/handlers/deployment-inputs.ts';

export const storePath = '/nix/store/md1mnxv6sp1913rpvx80mmz99fr6d6ij-nixos-system-new';
export const other = '/nix/store/md1mnxv6sp1913rpvx80mmz99fr6d6ij-nixos-system-other';

/** What a person asks for who gives nothing but what is needed. */
export const inputs: NixosDeploymentInputs = deploymentSchema.parse({
  connection: { host: 'kitchen.local', user: 'pi', hostKey: 'ssh-ed25519 AAAA' },
  configuration: 'hosts/kitchen/configuration.nix',
  storePath,
  evaluatedSystem: 'aarch64-linux',
  flashId: 'flash-1',
  machineId: 'machine-1',
});

/** What is recorded when that was done. */
export const outputs: NixosDeploymentOutputs = {
  ...inputs,
  previousStorePath: other,
  bootStorePath: storePath,
  generation: 2,
  kernel: '6.12.30',
  bootId: 'boot-1',
  rebootNeeded: false,
  runningMachineId: 'machine-1',
};
