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
  card: CardArgs;
  hardwareConfiguration: {
    /** The file to write. */
    path: string;
    /** Replace a file that differs; default false. */
    overwrite?: boolean | undefined;
    /** How long to wait for the Pi and for its first boot to finish, in seconds. Default: 900. */
    firstBootTimeoutSeconds?: number | undefined;
  };
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
 * deployment, checks, each after the one that it needs.
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
 */
export class RaspberryPi extends pulumi.ComponentResource {
  readonly image: SdImage;
  readonly card: FlashedCard;
  readonly hardware: HardwareConfig;
  readonly deployment: NixosDeployment;
  /** What each check printed, by its command. */
  readonly checks: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: RaspberryPiArgs, options?: pulumi.ComponentResourceOptions) {
    super('nixos-pi:index:RaspberryPi', name, {}, options);
    this.image = this.#makeImage(name, args);
    this.card = this.#flash(name, args.card);
    const { host, user, port, identityFile } = args;
    const connection: ConnectionArgs = {
      host,
      hostKey: this.card.hostPublicKey,
      ...given({ user, port, identityFile }),
    };
    this.hardware = this.#readHardware(name, args, connection);
    this.deployment = this.#deploy(name, args, connection);
    this.checks = this.#runChecks(name, args.checks ?? [], connection);
    this.registerOutputs({ checks: this.checks });
  }

  #makeImage(name: string, args: RaspberryPiArgs): SdImage {
    const { image, imageFile, imageFileSha256, nixPath, system, card } = args;
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

  #flash(name: string, card: CardArgs): FlashedCard {
    const image = {
      imagePath: this.image.imagePath,
      imageSha256: this.image.sha256,
      imageCompressedSha256: this.image.compressedSha256,
      imageSizeBytes: this.image.sizeBytes,
    };
    return new FlashedCard(name, { ...given(card), device: card.device, ...image }, { parent: this });
  }

  #readHardware(name: string, args: RaspberryPiArgs, connection: ConnectionArgs): HardwareConfig {
    const { path, ...options } = args.hardwareConfiguration;
    return new HardwareConfig(
      name,
      {
        connection,
        flashId: this.card.flashId,
        path,
        ...given({ ...options, sudoPassword: args.sudoPassword, elevation: args.deployment?.elevation }),
      },
      { parent: this },
    );
  }

  #deploy(name: string, args: RaspberryPiArgs, connection: ConnectionArgs): NixosDeployment {
    // The configuration imports the file, so it cannot be evaluated before the Pi has told what is in it.
    const configuration = this.hardware.text.apply(() => args.configuration);
    const { storePath, ...options } = args.deployment ?? {};
    return new NixosDeployment(
      name,
      {
        ...(storePath === undefined ? configuredLater(args.configuration, configuration, args.nixPath) : { storePath }),
        connection,
        flashId: this.card.flashId,
        imageToplevel: this.image.toplevel,
        machineId: this.hardware.machineId,
        ...given({ system: args.system, sudoPassword: args.sudoPassword, ...options }),
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
