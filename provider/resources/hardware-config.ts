import type * as pulumi from '@pulumi/pulumi';
import type { ConnectionArgs } from './connection-args.ts';
import { DynamicResource } from './dynamic-resource.ts';

export interface HardwareConfigArgs {
  connection: pulumi.Input<ConnectionArgs>;
  /** The login's password for sudo, a secret; default: sudo asks for none. */
  sudoPassword?: pulumi.Input<string | undefined>;
  /** How the login becomes root; default `sudo`. */
  elevation?: pulumi.Input<'sudo' | 'run0' | 'doas' | undefined>;
  /**
   * The file to write, relative to the directory of Pulumi.yaml.
   *
   * @example 'hosts/kitchen/hardware-configuration.nix'
   */
  path: pulumi.Input<string>;
  /** Replace a file that differs. Default: false, and such a file is an error. */
  overwrite?: pulumi.Input<boolean>;
  /** The flash that this is about; a FlashedCard's `flashId`. Another one is another machine. Default: none. */
  flashId?: pulumi.Input<string | undefined>;
  /** How long to wait for the Pi and for its first boot to finish, in seconds. Default: 900. */
  firstBootTimeoutSeconds?: pulumi.Input<number>;
}

/**
 * A Pi's hardware-configuration.nix, as `nixos-generate-config` on it writes it, with the firmware partition in it.
 *
 * It is fetched once, after the first boot, and written beside the configuration; in a flake's git repository it is made
 * known to git. The file is its owner's from then on: it is written again only where it is missing (a fresh clone), and
 * destroying the resource keeps it.
 *
 * Raised: the Pi does not answer in time, another machine answers, sudo is refused, a different file exists.
 *
 * @example
 * const hardware = new HardwareConfig('kitchen', {
 *   connection: { host: 'kitchen.local', user: 'pi', hostKey: card.hostPublicKey },
 *   path: 'hosts/kitchen/hardware-configuration.nix',
 *   flashId: card.flashId,
 * });
 */
export class HardwareConfig extends DynamicResource {
  declare readonly path: pulumi.Output<string>;
  /** What the file holds. */
  declare readonly text: pulumi.Output<string>;
  /** For example `Raspberry Pi 4 Model B Rev 1.4`. */
  declare readonly boardModel: pulumi.Output<string>;
  /** /etc/machine-id of the Pi. */
  declare readonly machineId: pulumi.Output<string>;

  constructor(name: string, args: HardwareConfigArgs, options?: pulumi.CustomResourceOptions) {
    super('HardwareConfig', name, { ...args }, ['text', 'boardModel', 'machineId'], options);
  }
}
