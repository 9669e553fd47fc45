import * as pulumi from '@pulumi/pulumi';
import { evaluateSystem } from '../nix/evaluate.ts';
import type { ConnectionArgs } from './connection-args.ts';
import { DynamicResource } from './dynamic-resource.ts';
import { type ConfigurationArgs, evaluated } from './evaluated.ts';

/** A command that has to end with exit code 0 on the Pi before a deployment is kept. */
export interface HealthCheckArgs {
  /**
   * Given to `sh -c`, with the new generation's programs on PATH.
   *
   * @example 'curl --fail --silent http://localhost/'
   */
  command: pulumi.Input<string>;
  /** Run it as root; default false: as the login of the connection. */
  root?: pulumi.Input<boolean>;
}

/** A machine that builds: like a connection, but its host key may be left out. */
export interface BuildHostArgs extends Omit<ConnectionArgs, 'user' | 'hostKey'> {
  /** Login; default: what ssh would use. It has to be allowed to build with Nix. */
  user?: pulumi.Input<string | undefined>;
  /** Its public host key; default: what the user's known_hosts says. */
  hostKey?: pulumi.Input<string | undefined>;
}

export interface NixosDeploymentArgs extends ConfigurationArgs {
  connection: pulumi.Input<ConnectionArgs>;
  /** The login's password for sudo, a secret; default: sudo asks for none. */
  sudoPassword?: pulumi.Input<string | undefined>;
  /** How the login becomes root; default `sudo`. */
  elevation?: pulumi.Input<'sudo' | 'run0' | 'doas' | undefined>;
  /**
   * A system that something else built (CI, a cache), or one that was deployed before; instead of `configuration` and
   * `flake`. Default: none.
   *
   * @example '/nix/store/…-nixos-system-kitchen-26.05'
   */
  storePath?: pulumi.Input<string | undefined>;
  /** What the configuration has to be for; default `aarch64-linux`. */
  system?: pulumi.Input<string>;
  /**
   * Where the system is built; default `workstation`: here, by emulation or Nix' own remote builders. `target` is the Pi
   * itself. Anything else is a machine that is reached over SSH, as with `nixos-rebuild --build-host`.
   *
   * @example { host: 'builder.local', user: 'ada' }
   */
  buildOn?: pulumi.Input<'workstation' | 'target' | BuildHostArgs>;
  /** Let the Pi fetch from its own substituters what these have; only the rest is copied from here. Default false. */
  substituteOnTarget?: pulumi.Input<boolean>;
  /** Compress what is copied; default `auto`: where the link is slow. */
  compress?: pulumi.Input<'auto' | boolean>;
  /**
   * `switch` (the default) makes the system run and boot; `boot` lets it start with the next reboot; `test` makes it run
   * until the next reboot, and the next preview shows the deployment as pending again.
   */
  goal?: pulumi.Input<'switch' | 'boot' | 'test'>;
  /**
   * Restart the Pi after the deployment; default `never`. `whenNeeded`: when kernel, initrd, modules, device trees or
   * kernel parameters are not those that were booted. The reboot is proven: by boot id, booted and running system.
   */
  reboot?: pulumi.Input<'never' | 'whenNeeded' | 'always'>;
  /**
   * Commands that are tried on the Pi until they succeed, before the deployment is kept; without success in time the Pi
   * goes back to the system that ran before. A text is a command that the login runs; HealthCheckArgs can ask for root.
   * Default: none.
   *
   * @example ['systemctl is-active nginx', { command: 'test -s /var/lib/secret', root: true }]
   */
  healthChecks?: pulumi.Input<pulumi.Input<string | HealthCheckArgs>[]>;
  /** Go back to the system that ran before when a unit fails to start; default false: it is reported. */
  rollbackOnFailedUnits?: pulumi.Input<boolean>;
  /**
   * Replace a running generation that neither this stack, nor its image, nor the Pi's own record of deployments knows: a Pi
   * that was set up by hand, or a `nixos-rebuild` or system.autoUpgrade on it. Default false.
   */
  adopt?: pulumi.Input<boolean>;
  /**
   * How many generations the Pi keeps; older ones are deleted after a deployment, and what only they needed is removed from
   * its store. Never the booted, running or deployed one. Default: all are kept.
   */
  keepGenerations?: pulumi.Input<number | undefined>;
  /** The flash that the Pi runs from; a FlashedCard's `flashId`. Another one is another machine. Default: none. */
  flashId?: pulumi.Input<string | undefined>;
  /** The system in the card's image; an SdImage's `toplevel`. A Pi that runs it need not be adopted. Default: none. */
  imageToplevel?: pulumi.Input<string | undefined>;
  /** /etc/machine-id of the Pi; a machine with another is refused. Default: that of the last deployment. */
  machineId?: pulumi.Input<string | undefined>;
  /** How long to wait for the Pi to answer, in seconds. Default: 120. */
  connectTimeoutSeconds?: pulumi.Input<number>;
  /**
   * How long a build may take, in seconds, on the workstation, the Pi or the build host; then it is ended there. The default is for
   * a Pi that builds a system of its own. Default: 21600, which is 6 hours.
   */
  buildTimeoutSeconds?: pulumi.Input<number>;
  /** How long the copy may take, in seconds, with all its interruptions. Default: 3600. */
  copyTimeoutSeconds?: pulumi.Input<number>;
  /** How long the activation may take, in seconds; then the Pi goes back. Default: 900. */
  activationTimeoutSeconds?: pulumi.Input<number>;
  /** How long the health checks are tried, in seconds; then the Pi goes back. Default: 60. */
  healthCheckTimeoutSeconds?: pulumi.Input<number>;
  /** How long the Pi waits to be reached over a new connection, in seconds; then it goes back. Default: 60. */
  confirmTimeoutSeconds?: pulumi.Input<number>;
  /** How long a reboot may take, in seconds. Default: 600. */
  rebootTimeoutSeconds?: pulumi.Input<number>;
}

const outputNames = [
  'previousStorePath',
  'bootStorePath',
  'generation',
  'kernel',
  'bootId',
  'rebootNeeded',
  'runningMachineId',
  'freeBytes',
];

/**
 * The system that a Pi runs and boots.
 *
 * The configuration is evaluated in the program, so that a preview shows the store path; a preview also asks the Pi what it
 * runs now, and shows what would change on it. The resource is up to date when the Pi runs exactly that path and would boot
 * it. Otherwise it is built and copied, and a supervisor on the Pi takes over: it activates the system, tries the health
 * checks, and waits until it is reached over a new connection. Only then the system is what the Pi boots; else the Pi goes
 * back to what ran before, by itself. Destroying the resource leaves the Pi running.
 *
 * Raised: the configuration cannot be evaluated or built, changed since the plan, the Pi cannot be reached or is another
 * machine, runs something that this stack does not know, is full, refuses the copy or sudo, someone else is deploying to
 * it, or the activation failed: then with the reason and with what the Pi runs instead.
 *
 * @example
 * const deployment = new NixosDeployment('kitchen', {
 *   configuration: 'hosts/kitchen/configuration.nix',
 *   connection: { host: 'kitchen.local', user: 'pi', hostKey: card.hostPublicKey },
 *   healthChecks: ['systemctl is-active nginx'],
 * });
 */
export class NixosDeployment extends DynamicResource {
  /** Store path of the system that runs. */
  declare readonly storePath: pulumi.Output<string>;
  /** Store path of what ran before this deployment. */
  declare readonly previousStorePath: pulumi.Output<string>;
  /** What the boot loader starts next. */
  declare readonly bootStorePath: pulumi.Output<string>;
  /** Number of the system profile's generation. */
  declare readonly generation: pulumi.Output<number>;
  /** Release of the running kernel, for example `6.12.30`. */
  declare readonly kernel: pulumi.Output<string>;
  /** Changes with each boot. */
  declare readonly bootId: pulumi.Output<string>;
  /** The kernel, its modules, parameters, initrd or device trees take effect only after a reboot. */
  declare readonly rebootNeeded: pulumi.Output<boolean>;
  /** /etc/machine-id of the Pi that runs it. */
  declare readonly runningMachineId: pulumi.Output<string>;
  /** What is free on the file system of the Pi's store, in bytes. */
  declare readonly freeBytes: pulumi.Output<number>;

  constructor(name: string, args: NixosDeploymentArgs, options?: pulumi.CustomResourceOptions) {
    super('NixosDeployment', name, { ...args, ...desiredSystem(args) }, outputNames, options);
  }
}

/** The store path that is wanted: given, or what the configuration evaluates to. */
function desiredSystem(args: NixosDeploymentArgs): Record<string, pulumi.Input<unknown>> {
  if (args.storePath !== undefined) {
    if (args.configuration === undefined && args.flake === undefined) return { storePath: args.storePath };
    throw new pulumi.RunError('A NixosDeployment has a `storePath`, or a `configuration` or `flake`; not both.');
  }
  const evaluation = evaluated(args, evaluateSystem);
  return {
    storePath: evaluation.storePath,
    evaluatedSystem: evaluation.system,
    evaluatedKernel: evaluation.apply(({ kernelVersion }) => kernelVersion ?? undefined),
  };
}
