import { resolve } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { fileIdentity } from '../handlers/file-identity.ts';
import { evaluateImage } from '../nix/evaluate.ts';
import { DynamicResource } from './dynamic-resource.ts';
import { type ConfigurationArgs, evaluated } from './evaluated.ts';

/** A configuration to build an image from, or a file that is one. */
export interface SdImageArgs extends ConfigurationArgs {
  /** Which of `config.system.build.images` is built; default `sd-card`. */
  variant?: string;
  /** What the image has to be for; default `aarch64-linux`. An image for anything else is refused. */
  system?: pulumi.Input<string>;
  /**
   * An image that is there, `.img` or `.img.zst`, in place of a configuration; relative to the directory of Pulumi.yaml. Default:
   * none, a configuration is given.
   *
   * @example 'downloads/nixos-image-sd-card-26.05-aarch64-linux.img.zst'
   */
  imageFile?: pulumi.Input<string>;
  /** SHA-256 of `imageFile` as it was downloaded, hexadecimal; another file is refused. Default: any. */
  imageFileSha256?: pulumi.Input<string>;
  /**
   * Another value asks for the image of now, because a card is to be flashed with it: the same value as FlashedCard's. Default:
   * none.
   */
  generation?: pulumi.Input<string | number>;
  /**
   * `whenFlashed`: a changed configuration is built when a flash is asked for, and before that is one line in the preview, so
   * that fifty Pis that share a file do not mean fifty builds. As long as no card was written with the image that is there, a
   * change is built as well. `onChange`: each change is built. Default: `whenFlashed`.
   */
  rebuild?: pulumi.Input<'whenFlashed' | 'onChange'>;
}

/**
 * An SD card image, built with Nix: what `nixos-rebuild build-image --image-variant sd-card` builds. Or one that is there, as
 * `imageFile`.
 *
 * It is built when it is needed (see `rebuild`), and no card is written because of it. The image is kept from the garbage
 * collector until the resource is destroyed; should it be gone nevertheless, it is made again when a card needs it.
 *
 * Raised: the configuration cannot be evaluated (with file and line), is for another system, or fails to build (with the
 * end of the build's log); the file is no image, damaged, or not the declared one.
 *
 * @example
 * const image = new SdImage('kitchen', { configuration: 'hosts/kitchen/sd-card.nix' });
 */
export class SdImage extends DynamicResource {
  /** Store path that holds the image; none for an `imageFile`. */
  declare readonly storePath: pulumi.Output<string | undefined>;
  /** The image, `.img.zst`; an `imageFile` as it is. */
  declare readonly imagePath: pulumi.Output<string>;
  /** Store path of the system that a card with this image boots; empty where this nixpkgs, or a file, does not tell. */
  declare readonly toplevel: pulumi.Output<string>;
  /** For example `aarch64-linux`. */
  declare readonly system: pulumi.Output<string>;
  /** What the image takes on the card, in bytes. */
  declare readonly sizeBytes: pulumi.Output<number>;
  /** Size of the compressed file, in bytes. */
  declare readonly compressedSizeBytes: pulumi.Output<number>;
  /** SHA-256 of the decompressed image, hexadecimal. */
  declare readonly sha256: pulumi.Output<string>;
  /** SHA-256 of the compressed file, hexadecimal; none for an image that an earlier version built. */
  declare readonly compressedSha256: pulumi.Output<string | undefined>;

  constructor(name: string, args: SdImageArgs, options?: pulumi.CustomResourceOptions) {
    const variant = args.variant ?? 'sd-card';
    const source = args.imageFile === undefined ? configured(args, variant) : existing(args.imageFile);
    super('SdImage', name, { ...args, variant, ...source }, outputNames, options);
  }
}

const outputNames = ['imagePath', 'system', 'sizeBytes', 'compressedSizeBytes', 'sha256', 'compressedSha256'];

function configured(args: ConfigurationArgs, variant: string): Record<string, unknown> {
  const evaluation = evaluated(args, (configuration, onWarning) => evaluateImage(configuration, variant, onWarning));
  return {
    storePath: evaluation.storePath,
    filePath: evaluation.filePath,
    toplevel: evaluation.apply(({ toplevel }) => toplevel ?? ''),
    evaluatedSystem: evaluation.system,
  };
}

function existing(imageFile: pulumi.Input<string>): Record<string, unknown> {
  return { toplevel: '', imageFileIdentity: pulumi.output(imageFile).apply((file) => fileIdentity(resolve(file))) };
}
