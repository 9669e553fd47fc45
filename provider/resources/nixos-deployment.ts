import type * as pulumi from '@pulumi/pulumi';
import { evaluateSystem } from '../nix/evaluate.ts';
import type { ConnectionArgs } from './connection-args.ts';
import { DynamicResource } from './dynamic-resource.ts';
import { type ConfigurationArgs, evaluated } from './evaluated.ts';

export interface NixosDeploymentArgs extends ConfigurationArgs {
  connection: pulumi.Input<ConnectionArgs>;
  /** The login's password for sudo, a secret; default: sudo asks for none. */
  sudoPassword?: pulumi.Input<string | undefined>;
  /** What the configuration has to be for; default `aarch64-linux`. */
  system?: pulumi.Input<string>;
  /** The flash that the Pi runs from; a FlashedCard's `flashId`. Another one is another machine. Default: none. */
  flashId?: pulumi.Input<string | undefined>;
  /** /etc/machine-id of the Pi; a machine with another is refused. Default: any that has the host key. */
  machineId?: pulumi.Input<string | undefined>;
  /** How long to wait for the Pi to answer, in seconds. Default: 120. */
  connectTimeoutSeconds?: pulumi.Input<number>;
  /** How long to wait for the activation to end, in seconds. Default: 900. */
  activationTimeoutSeconds?: pulumi.Input<number>;
}

/**
 * The system that a Pi runs and boots.
 *
 * The configuration is evaluated in the program, so that a preview shows the store path; the resource is up to date when
 * the Pi runs exactly that path and would boot it. Otherwise it is built here, copied, activated, and looked at.
 * Destroying the resource leaves the Pi running.
 *
 * Raised: the configuration cannot be evaluated or built, changed since the plan, the Pi cannot be reached or is another
 * machine, it refuses the copy or sudo, or the activation failed: then with what the Pi runs instead.
 *
 * @example
 * const deployment = new NixosDeployment('kitchen', {
 *   configuration: 'hosts/kitchen/configuration.nix',
 *   connection: { host: 'kitchen.local', user: 'pi', hostKey: card.hostPublicKey },
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

  constructor(name: string, args: NixosDeploymentArgs, options?: pulumi.CustomResourceOptions) {
    const evaluation = evaluated(args, evaluateSystem);
    const inputs = { ...args, storePath: evaluation.storePath, evaluatedSystem: evaluation.system };
    const outputs = [
      'previousStorePath',
      'bootStorePath',
      'generation',
      'kernel',
      'bootId',
      'rebootNeeded',
      'runningMachineId',
    ];
    super('NixosDeployment', name, inputs, outputs, options);
  }
}
