import { z } from 'zod';
import type { RunningSystem } from '../activation/running-system.ts';
import { configurationShape } from '../nix/configuration.ts';
import { elevationMethods } from '../ssh/elevate.ts';
import { sshTargetSchema } from '../ssh/target.ts';
import { isStorePath } from '../values/store-path.ts';
import { expecting, flag, oneOf, seconds } from './input-rules.ts';

const healthCheckExample = "--path 'healthChecks[0]' 'systemctl is-active nginx'";

const healthCheck = expecting("a shell command, or `{ command: 'a shell command', root: true }`", healthCheckExample);

const healthCheckSchema = z.union(
  [
    z
      .string()
      .min(1, healthCheck)
      .transform((command) => ({ command, root: false })),
    z.strictObject({ command: z.string().min(1, expecting('a shell command')), root: z.boolean().default(false) }),
  ],
  healthCheck,
);

/** Where the system is built: here, on the Pi itself, or on a machine that is reached over SSH. */
const buildOnSchema = z.union(
  [z.enum(['workstation', 'target']), sshTargetSchema.extend({ hostKey: sshTargetSchema.shape.hostKey.optional() })],
  expecting(
    "`workstation`, `target` (the Pi), or another machine as `{ host: 'builder.local', user: 'ada' }`",
    'buildOn ada@builder.local',
  ),
);

const generationCount = expecting('a whole number from 1 on', 'keepGenerations 5');

export const deploymentSchema = z.strictObject({
  connection: sshTargetSchema,
  sudoPassword: z.string().optional(),
  elevation: oneOf('elevation', elevationMethods).optional(),
  ...configurationShape,
  /** What the Pi has to run: evaluated in the program, or given by a person. */
  storePath: z.string().refine(isStorePath, expecting('a store path like `/nix/store/…-nixos-system-kitchen-26.05`')),
  evaluatedSystem: z.string().optional(),
  evaluatedKernel: z.string().optional(),
  system: z.string().default('aarch64-linux'),
  buildOn: buildOnSchema.default('workstation'),
  substituteOnTarget: flag('substituteOnTarget').default(false),
  compress: z
    .union([z.literal('auto'), z.boolean()], expecting('`auto`, true or false', 'compress auto'))
    .default('auto'),
  goal: oneOf('goal', ['switch', 'boot', 'test']).default('switch'),
  reboot: oneOf('reboot', ['never', 'whenNeeded', 'always']).default('never'),
  healthChecks: z.array(healthCheckSchema, expecting('a list of shell commands', healthCheckExample)).default([]),
  rollbackOnFailedUnits: flag('rollbackOnFailedUnits').default(false),
  adopt: flag('adopt').default(false),
  keepGenerations: z.int(generationCount).min(1, generationCount).optional(),
  flashId: z.string().optional(),
  imageToplevel: z.string().optional(),
  machineId: z.string().optional(),
  connectTimeoutSeconds: seconds('connectTimeoutSeconds', 120),
  buildTimeoutSeconds: seconds('buildTimeoutSeconds', 21_600),
  copyTimeoutSeconds: seconds('copyTimeoutSeconds', 3600),
  activationTimeoutSeconds: seconds('activationTimeoutSeconds', 900),
  healthCheckTimeoutSeconds: seconds('healthCheckTimeoutSeconds', 60),
  confirmTimeoutSeconds: seconds('confirmTimeoutSeconds', 60),
  rebootTimeoutSeconds: seconds('rebootTimeoutSeconds', 600),
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
    freeBytes: running.free?.store.freeBytes ?? 0,
  };
}
