import type * as pulumi from '@pulumi/pulumi';

/** How to reach a Pi. What is left out comes from the user's own ssh configuration (`ssh -G`). */
export interface ConnectionArgs {
  /**
   * Host name, address, or an alias of `~/.ssh/config`.
   *
   * @example 'kitchen.local'
   */
  host: pulumi.Input<string>;
  /**
   * Login; default: what ssh would use. It has to be root, or may use sudo.
   *
   * @example 'pi'
   */
  user?: pulumi.Input<string | undefined>;
  /** TCP port; default: what ssh would use (22). */
  port?: pulumi.Input<number | undefined>;
  /**
   * File of the private key; default: the keys and the agent that ssh would use.
   *
   * @example '/home/ada/.ssh/id_pis'
   */
  identityFile?: pulumi.Input<string | undefined>;
  /**
   * The Pi's public host key; no other is accepted. A FlashedCard's `hostPublicKey`, or on the Pi
   * `cat /etc/ssh/ssh_host_ed25519_key.pub`.
   *
   * @example 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI…'
   */
  hostKey: pulumi.Input<string>;
}
