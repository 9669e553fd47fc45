import { existsSync } from 'node:fs';
import { local } from '@pulumi/command';
import * as pulumi from '@pulumi/pulumi';
import {
  evaluateAhead,
  type FlashedCard,
  HardwareConfig,
  NixosDeployment,
  type SdImage,
  type ConnectionArgs,
  type NixosDeploymentArgs,
} from '../provider/resources/index.ts';
import { commandOverSsh } from './command-over-ssh.ts';
import { configured, configuredLater, given } from './configured.ts';
import { flashCard, makeImage, type CardArgs, type ImageArgs, type ImageSource } from './image-and-card.ts';

export interface RaspberryPiArgs extends ImageArgs {
  /**
   * Host name or address of the Pi.
   *
   * @example 'kitchen.local'
   */
  host: string;
  /**
   * Login; default: what ssh would use.
   *
   * @example 'pi'
   */
  user?: string | undefined;
  /** TCP port of its SSH server; default: what ssh would use (22). */
  port?: number | undefined;
  /**
   * File of the private key; default: the keys and the agent that ssh would use.
   *
   * @example '/home/ada/.ssh/id_pis'
   */
  identityFile?: string | undefined;
  /**
   * The login's password for sudo; default: sudo asks for none.
   *
   * @example config.requireSecret('sudoPassword')
   */
  sudoPassword?: pulumi.Input<string> | undefined;
  /**
   * The Pi's NixOS configuration: a `.nix` file, or `flake#host`.
   *
   * @example 'hosts/kitchen/configuration.nix'
   */
  configuration: string;
  /** The card that the Pi boots from. Default: none is written, the Pi runs already and its `hostKey` is given. */
  card?: CardArgs | undefined;
  /**
   * Public SSH host key of a Pi that runs already, `ssh-ed25519 AAAA…`; instead of `card`. Default: the one that the card is given.
   *
   * @example 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI…'
   */
  hostKey?: pulumi.Input<string> | undefined;
  /** Fetched from the Pi. Default: it is not, what the configuration imports is there already. */
  hardwareConfiguration?: HardwareConfigurationArgs | undefined;
  /**
   * Commands that are run on the Pi when another system was deployed, not after each reboot; one that fails fails the
   * update. Default: none.
   *
   * @example ['nvim --version']
   */
  checks?: string[] | undefined;
  /** How the Pi is deployed to: goal, reboot, health checks, where to build, time-outs. Default: those of NixosDeployment. */
  deployment?: DeploymentOptions | undefined;
}

/** A Pi has a card that is written, with an image; or it runs already and has a host key that is known. */
export type CardOrHostKey =
  | ({ card: CardArgs; hostKey?: undefined } & ImageSource)
  | { card?: undefined; image?: undefined; imageFile?: undefined; hostKey: pulumi.Input<string> };

/** What `nixos-generate-config` says on the Pi. See HardwareConfigArgs. */
export interface HardwareConfigurationArgs {
  path: string;
  overwrite?: boolean | undefined;
  firstBootTimeoutSeconds?: number | undefined;
}

/** What of a NixosDeployment a RaspberryPi leaves to its owner. */
export type DeploymentOptions = Pick<
  NixosDeploymentArgs,
  | 'storePath'
  | 'buildOn'
  | 'substituteOnTarget'
  | 'compress'
  | 'goal'
  | 'reboot'
  | 'healthChecks'
  | 'rollbackOnFailedUnits'
  | 'adopt'
  | 'keepGenerations'
  | 'elevation'
  | 'connectTimeoutSeconds'
  | 'buildTimeoutSeconds'
  | 'copyTimeoutSeconds'
  | 'activationTimeoutSeconds'
  | 'healthCheckTimeoutSeconds'
  | 'confirmTimeoutSeconds'
  | 'rebootTimeoutSeconds'
>;

/**
 * A Raspberry Pi that runs NixOS, from a blank card to a checked deployment: image, card, hardware configuration,
 * deployment, checks, each after the one that it needs. For a Pi that runs already, image and card are left out; for only an
 * image, or an image and a card, there is RaspberryPiCard. Several of them may be in one program.
 *
 * @example
 * new RaspberryPi('kitchen', {
 *   host: 'kitchen.local',
 *   user: 'pi',
 *   image: 'hosts/kitchen/sd-card.nix',
 *   configuration: 'hosts/kitchen/configuration.nix',
 *   hardwareConfiguration: { path: 'hosts/kitchen/hardware-configuration.nix' },
 *   card: { device: '/dev/disk/by-id/usb-Generic_Card_Reader_000000000001-0:0' },
 *   checks: ['nvim --version'],
 * });
 *
 * @example
 * new RaspberryPi('attic', {
 *   host: 'attic.local',
 *   hostKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI…',
 *   configuration: 'hosts/attic/configuration.nix',
 *   deployment: { adopt: true },
 * });
 */
export class RaspberryPi extends pulumi.ComponentResource {
  /** None of a Pi that runs already. */
  readonly image: SdImage | undefined;
  /** None of a Pi that runs already. */
  readonly card: FlashedCard | undefined;
  /** None where `hardwareConfiguration` was left out. */
  readonly hardware: HardwareConfig | undefined;
  readonly deployment: NixosDeployment;
  /** Host name or address. */
  readonly address: string;
  /** Public SSH host key, `ssh-ed25519 AAAA…`. */
  readonly hostPublicKey: pulumi.Output<string>;
  /** Store path of the system that runs. */
  readonly storePath: pulumi.Output<string>;
  /** Release of the running kernel, for example `6.12.30`. */
  readonly kernel: pulumi.Output<string>;
  /** /etc/machine-id of the Pi. */
  readonly machineId: pulumi.Output<string>;
  /** Whether what was deployed takes effect only after a reboot. */
  readonly rebootNeeded: pulumi.Output<boolean>;
  /** What each check printed, by its command. */
  readonly checks: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: RaspberryPiArgs & CardOrHostKey, options?: pulumi.ComponentResourceOptions) {
    super('nixos-pi:index:RaspberryPi', name, {}, options);
    const { host, user, port, identityFile } = args;
    if (args.card !== undefined) {
      this.image = makeImage(name, args, args.card, this);
      this.card = flashCard(name, this.image, args.card, this);
    }
    this.hostPublicKey = this.card?.hostPublicKey ?? pulumi.output(args.hostKey ?? '');
    const hostKey = this.card?.hostPublicKey ?? args.hostKey ?? '';
    const connection: ConnectionArgs = { host, hostKey, ...given({ user, port, identityFile }) };
    this.hardware = this.#readHardware(name, args, connection);
    this.deployment = this.#deploy(name, args, connection);
    this.address = host;
    ({ storePath: this.storePath, kernel: this.kernel, rebootNeeded: this.rebootNeeded } = this.deployment);
    this.machineId = this.deployment.runningMachineId;
    this.checks = this.#runChecks(name, args.checks ?? [], connection);
    this.registerOutputs(outputsOf(this));
  }

  #readHardware(name: string, args: RaspberryPiArgs, connection: ConnectionArgs): HardwareConfig | undefined {
    if (args.hardwareConfiguration === undefined) return undefined;
    const { path, ...options } = args.hardwareConfiguration;
    const { flashId } = this.card ?? {};
    return new HardwareConfig(
      name,
      {
        connection,
        path,
        ...given({ ...options, flashId, sudoPassword: args.sudoPassword, elevation: args.deployment?.elevation }),
      },
      { parent: this },
    );
  }

  #deploy(name: string, args: RaspberryPiArgs, connection: ConnectionArgs): NixosDeployment {
    const { storePath, ...options } = args.deployment ?? {};
    return new NixosDeployment(
      name,
      {
        ...(storePath === undefined ? this.#configuration(args) : { storePath }),
        connection,
        ...given({
          ...options,
          system: args.system,
          sudoPassword: args.sudoPassword,
          flashId: this.card?.flashId,
          imageToplevel: this.image?.toplevel,
          machineId: this.hardware?.machineId,
        }),
      },
      { parent: this },
    );
  }

  /**
   * What the deployment evaluates. It imports the hardware configuration, so the deployment gets it once the Pi has told what is in that
   * file. Mostly it is there already and stays the same: then the evaluation need not wait for the Pi.
   */
  #configuration({ configuration, nixPath, hardwareConfiguration }: RaspberryPiArgs) {
    const now = configured(configuration, nixPath);
    if (this.hardware === undefined || hardwareConfiguration === undefined) return now;
    if (existsSync(hardwareConfiguration.path)) void evaluateAhead(now);
    const later = this.hardware.text.apply(() => configuration);
    return configuredLater(configuration, later, nixPath);
  }

  #runChecks(name: string, commands: string[], connection: ConnectionArgs): pulumi.Output<Record<string, string>> {
    // One for all of them: the SDK reports each error object once.
    const interpreter = commands.length === 0 ? [] : commandOverSsh(connection);
    const outputs = commands.map((command, index) => {
      const check = new local.Command(
        `${name}-check-${String(index + 1)}`,
        {
          interpreter,
          create: command,
          // What a check printed is nothing that its next run asks for, and may be longer than an environment takes.
          addPreviousOutputInEnv: false,
          triggers: [this.deployment.storePath],
        },
        { parent: this, dependsOn: [this.deployment] },
      );
      return check.stdout.apply((stdout) => [command, stdout] as const);
    });
    return pulumi.all(outputs).apply((entries) => Object.fromEntries(entries));
  }
}

/** What the engine keeps of the component itself. */
function outputsOf(pi: RaspberryPi): pulumi.Inputs {
  const { address, hostPublicKey, storePath, kernel, machineId, rebootNeeded, checks } = pi;
  return { address, hostPublicKey, storePath, kernel, machineId, rebootNeeded, checks };
}
