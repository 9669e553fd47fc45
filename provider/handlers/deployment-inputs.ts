import { z } from 'zod';
import type { RunningSystem } from '../activation/running-system.ts';
import { configurationShape } from '../nix/configuration.ts';
import { elevationMethods } from '../ssh/elevate.ts';
import { sshTargetSchema } from '../ssh/target.ts';
import { isStorePath } from '../values/store-path.ts';

const seconds = z
  .number()
  .positive()
  .max(7 * 24 * 3600);

const healthCheckSchema = z.union([
  z
    .string()
    .min(1)
    .transform((command) => ({ command, root: false })),
  z.strictObject({ command: z.string().min(1), root: z.boolean().default(false) }),
]);

/** Where the system is built: here, on the Pi itself, or on a machine that is reached over SSH. */
const buildOnSchema = z.union([
  z.enum(['workstation', 'target']),
  sshTargetSchema.extend({ hostKey: sshTargetSchema.shape.hostKey.optional() }),
]);

export const deploymentSchema = z.strictObject({
  connection: sshTargetSchema,
  sudoPassword: z.string().optional(),
  elevation: z.enum(elevationMethods).optional(),
  ...configurationShape,
  /** What the Pi has to run: evaluated in the program, or given by a person. */
  storePath: z.string().refine(isStorePath, 'is no store path'),
  evaluatedSystem: z.string().optional(),
  evaluatedKernel: z.string().optional(),
  system: z.string().default('aarch64-linux'),
  buildOn: buildOnSchema.default('workstation'),
  substituteOnTarget: z.boolean().default(false),
  compress: z.union([z.literal('auto'), z.boolean()]).default('auto'),
  goal: z.enum(['switch', 'boot', 'test']).default('switch'),
  reboot: z.enum(['never', 'whenNeeded', 'always']).default('never'),
  healthChecks: z.array(healthCheckSchema).default([]),
  rollbackOnFailedUnits: z.boolean().default(false),
  adopt: z.boolean().default(false),
  keepGenerations: z.int().min(1).optional(),
  flashId: z.string().optional(),
  imageToplevel: z.string().optional(),
  machineId: z.string().optional(),
  connectTimeoutSeconds: seconds.default(120),
  copyTimeoutSeconds: seconds.default(3600),
  activationTimeoutSeconds: seconds.default(900),
  healthCheckTimeoutSeconds: seconds.default(60),
  confirmTimeoutSeconds: seconds.default(60),
  rebootTimeoutSeconds: seconds.default(600),
});

/** What a deployment is asked for. */
export type NixosDeploymentInputs = z.infer<typeof deploymentSchema>;

/** What is recorded of a deployment. Of a state from before an output existed it is missing. */
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
  /** What is free on the file system of /nix/store, in bytes. */
  readonly freeBytes?: number | undefined;
}

/** What a look at the Pi says about the outputs. */
export function recordedFacts(running: RunningSystem) {
  return {
    storePath: running.currentSystem,
    bootStorePath: running.bootInit === '' ? running.profile : running.bootInit.replace(/\/init$/, ''),
    generation: running.generation,
    kernel: running.kernel,
    bootId: running.bootId,
    rebootNeeded: running.rebootNeeded,
    runningMachineId: running.machineId,
    freeBytes: running.freeBytes,
  };
}
