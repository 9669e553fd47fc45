import { remote } from '@pulumi/command';
import * as pulumi from '@pulumi/pulumi';
import {
  FlashedCard,
  HardwareConfig,
  NixosDeployment,
  SdImage,
  type ConnectionArgs,
  type NixosDeploymentArgs,
} from '../provider/resources/index.ts';
import { commandConnection } from './command-connection.ts';

export interface RaspberryPiArgs {
  /**
   * Host name or address of the Pi.
   *
   * @example 'kitchen.local'
   */
  host: string;
  /** Login; default: what ssh would use. */
  user?: string | undefined;
  /** TCP port of its SSH server; default: what ssh would use (22). */
  port?: number | undefined;
  /** File of the private key; default: the keys and the agent that ssh would use. */
  identityFile?: string | undefined;
  /** The login's password for sudo; default: sudo asks for none. */
  sudoPassword?: pulumi.Input<string> | undefined;
  /** The image's NixOS configuration: a `.nix` file, or `flake#host`. Default: none, `imageFile` is given. */
  image?: string | undefined;
  /** An image that is there, `.img` or `.img.zst`, in place of `image`. Default: none. */
  imageFile?: string | undefined;
  /** SHA-256 of `imageFile` as it was downloaded; default: any. */
  imageFileSha256?: string | undefined;
  /** The Pi's NixOS configuration: a `.nix` file, or `flake#host`. */
  configuration: string;
  /** Entries of Nix' search path before those of NIX_PATH, for `.nix` files; default: none. */
  nixPath?: string[] | undefined;
  /** What both configurations have to be for; default `aarch64-linux`. */
  system?: string | undefined;
  /** The card that the Pi boots from. Default: none is written, the Pi runs already and its `hostKey` is given. */
  card?: CardArgs | undefined;
  /**
   * Public SSH host key of a Pi that runs already, `ssh-ed25519 AAAA…`; instead of `card`. Default: the one that the card is given.
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

/** A Pi has a card that is written, or runs already and has a host key that is known. */
export type CardOrHostKey =
  | { card: CardArgs; hostKey?: undefined }
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

/** Which card is written, and how it is recognised. See FlashedCardArgs. */
export interface CardArgs {
  device: string;
  expectedSizeBytes?: number | undefined;
  serial?: string | undefined;
  allow?: string[] | undefined;
  maximumSizeBytes?: number | undefined;
  erase?: string | undefined;
  insertTimeoutSeconds?: number | undefined;
  generation?: string | number | undefined;
  reflash?: 'never' | 'onImageChange' | undefined;
  hostPrivateKey?: pulumi.Input<string> | undefined;
  wifi?: pulumi.Input<{ ssid: pulumi.Input<string>; psk: pulumi.Input<string> } | undefined>;
  files?: pulumi.Input<
    { path: string; content: string; mode?: string; userId?: number; groupId?: number }[] | undefined
  >;
}

/**
 * A Raspberry Pi that runs NixOS, from a blank card to a checked deployment: image, card, hardware configuration,
 * deployment, checks, each after the one that it needs. For a Pi that runs already, image and card are left out.
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
      this.image = this.#makeImage(name, args, args.card);
      this.card = this.#flash(name, this.image, args.card);
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
    this.registerOutputs({ address: this.address, storePath: this.storePath, checks: this.checks });
  }

  #makeImage(name: string, args: RaspberryPiArgs, card: CardArgs): SdImage {
    const { image, imageFile, imageFileSha256, nixPath, system } = args;
    return new SdImage(
      name,
      {
        ...(image === undefined ? {} : configured(image, nixPath)),
        ...given({ imageFile, imageFileSha256, system, generation: card.generation }),
        ...(card.reflash === 'onImageChange' && { rebuild: 'onChange' }),
      },
      { parent: this },
    );
  }

  #flash(name: string, image: SdImage, card: CardArgs): FlashedCard {
    const source = {
      imagePath: image.imagePath,
      imageSha256: image.sha256,
      imageCompressedSha256: image.compressedSha256,
      imageSizeBytes: image.sizeBytes,
    };
    return new FlashedCard(name, { ...given(card), device: card.device, ...source }, { parent: this });
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
    // The configuration imports the file, so it cannot be evaluated before the Pi has told what is in it.
    const configuration = this.hardware?.text.apply(() => args.configuration) ?? args.configuration;
    const { storePath, ...options } = args.deployment ?? {};
    return new NixosDeployment(
      name,
      {
        ...(storePath === undefined ? configuredLater(args.configuration, configuration, args.nixPath) : { storePath }),
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

  #runChecks(name: string, commands: string[], connection: ConnectionArgs): pulumi.Output<Record<string, string>> {
    const outputs = commands.map((command, index) => {
      const check = new remote.Command(
        `${name}-check-${String(index + 1)}`,
        { connection: commandConnection(connection), create: command, triggers: [this.deployment.storePath] },
        { parent: this, dependsOn: [this.deployment] },
      );
      return check.stdout.apply((stdout) => [command, stdout] as const);
    });
    return pulumi.all(outputs).apply((entries) => Object.fromEntries(entries));
  }
}

/** A `.nix` file or `flake#host`, as the resources take them. */
function configured(configuration: string, nixPath: string[] | undefined) {
  return configuredLater(configuration, configuration, nixPath);
}

function configuredLater(text: string, value: pulumi.Input<string>, nixPath: string[] | undefined) {
  return text.includes('#') ? { flake: value } : { configuration: value, ...given({ nixPath }) };
}

/** Without what is undefined: an input that is not given is not in the state either. */
function given<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
