import type * as pulumi from '@pulumi/pulumi';
import { evaluateImage } from '../nix/evaluate.ts';
import { DynamicResource } from './dynamic-resource.ts';
import { type ConfigurationArgs, evaluated } from './evaluated.ts';

export interface SdImageArgs extends ConfigurationArgs {
  /** Which of `config.system.build.images` is built; default `sd-card`. */
  variant?: string;
  /** What the image has to be for; default `aarch64-linux`. An image for anything else is refused. */
  system?: pulumi.Input<string>;
}

/**
 * An SD card image, built with Nix: what `nixos-rebuild build-image --image-variant sd-card` builds.
 *
 * A changed configuration builds a new image; no card is written because of it. The image is kept from the garbage
 * collector until the resource is destroyed.
 *
 * Raised: the configuration cannot be evaluated (with file and line), is for another system, or fails to build (with the
 * end of the build's log).
 *
 * @example
 * const image = new SdImage('kitchen', { configuration: 'hosts/kitchen/sd-card.nix' });
 */
export class SdImage extends DynamicResource {
  /** Store path that holds the image. */
  declare readonly storePath: pulumi.Output<string>;
  /** The compressed image, `.img.zst`. */
  declare readonly imagePath: pulumi.Output<string>;
  /** Store path of the system that a card with this image boots; empty where this nixpkgs does not tell. */
  declare readonly toplevel: pulumi.Output<string>;
  /** For example `aarch64-linux`. */
  declare readonly system: pulumi.Output<string>;
  /** What the image takes on the card, in bytes. */
  declare readonly sizeBytes: pulumi.Output<number>;
  /** Size of the compressed file, in bytes. */
  declare readonly compressedSizeBytes: pulumi.Output<number>;
  /** SHA-256 of the decompressed image, hexadecimal. */
  declare readonly sha256: pulumi.Output<string>;

  constructor(name: string, args: SdImageArgs, options?: pulumi.CustomResourceOptions) {
    const variant = args.variant ?? 'sd-card';
    const evaluation = evaluated(args, (configuration, onWarning) => evaluateImage(configuration, variant, onWarning));
    const inputs = {
      ...args,
      variant,
      storePath: evaluation.storePath,
      filePath: evaluation.filePath,
      toplevel: evaluation.apply(({ toplevel }) => toplevel ?? ''),
      evaluatedSystem: evaluation.system,
    };
    super('SdImage', name, inputs, ['imagePath', 'system', 'sizeBytes', 'compressedSizeBytes', 'sha256'], options);
  }
}
