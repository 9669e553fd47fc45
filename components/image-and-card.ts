import type * as pulumi from '@pulumi/pulumi';
import { FlashedCard, SdImage } from '../provider/resources/index.ts';
import { configured, given } from './configured.ts';

/** Which image, and how it is evaluated. */
export interface ImageArgs {
  /**
   * The image's NixOS configuration: a `.nix` file, or `flake#host`. Default: none, `imageFile` is given.
   *
   * @example 'hosts/kitchen/sd-card.nix'
   */
  image?: string | undefined;
  /** An image that is there, `.img` or `.img.zst`, in place of `image`. Default: none. */
  imageFile?: string | undefined;
  /** SHA-256 of `imageFile` as it was downloaded; default: any. */
  imageFileSha256?: string | undefined;
  /** Entries of Nix' search path before those of NIX_PATH, for `.nix` files; default: none. */
  nixPath?: string[] | undefined;
  /** What every configuration has to be for; default `aarch64-linux`. */
  system?: string | undefined;
}

/** A configuration of an image, or an image that is there. */
export type ImageSource =
  | { image: string; imageFile?: undefined; imageFileSha256?: undefined }
  | { imageFile: string; imageFileSha256?: string; image?: undefined };

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

/** The image of a component; of one with a card, the image that a flash asks for. */
export function makeImage(
  name: string,
  { image, imageFile, imageFileSha256, nixPath, system }: ImageArgs,
  card: CardArgs | undefined,
  parent: pulumi.Resource,
): SdImage {
  return new SdImage(
    name,
    {
      ...(image === undefined ? {} : configured(image, nixPath)),
      ...given({ imageFile, imageFileSha256, system, generation: card?.generation }),
      ...(card?.reflash === 'onImageChange' && { rebuild: 'onChange' }),
    },
    { parent },
  );
}

/** The card of a component, with its image. */
export function flashCard(name: string, image: SdImage, card: CardArgs, parent: pulumi.Resource): FlashedCard {
  const source = {
    imagePath: image.imagePath,
    imageSha256: image.sha256,
    imageCompressedSha256: image.compressedSha256,
    imageSizeBytes: image.sizeBytes,
  };
  return new FlashedCard(name, { ...given(card), device: card.device, ...source }, { parent });
}
