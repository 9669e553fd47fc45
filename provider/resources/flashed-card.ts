import type * as pulumi from '@pulumi/pulumi';
import type { CardIdentity } from '../handlers/flashed-card.ts';
import { DynamicResource } from './dynamic-resource.ts';

export interface FlashedCardArgs {
  /**
   * The card's device: a name that stays the same, below /dev/disk/by-id or /dev/disk/by-path.
   *
   * @example '/dev/disk/by-id/usb-Generic_Card_Reader_000000000001-0:0'
   */
  device: pulumi.Input<string>;
  /** The image, `.img.zst` or `.img`; a SdImage's `imagePath`. */
  imagePath: pulumi.Input<string>;
  /** SHA-256 of the decompressed image; a SdImage's `sha256`. Another image is not written. */
  imageSha256: pulumi.Input<string>;
  /** Size of the decompressed image in bytes; a SdImage's `sizeBytes`. */
  imageSizeBytes: pulumi.Input<number>;
  /** The card's size in bytes; a device of another size is refused. Default: any that holds the image. */
  expectedSizeBytes?: pulumi.Input<number | undefined>;
  /** The card's serial number; a device with another is refused. Default: any. */
  serial?: pulumi.Input<string | undefined>;
  /** Kinds of device beside removable cards that may be written: `emmc`, `nvme`, `sata`, `virtio`, `loop`. Default: none. */
  allow?: pulumi.Input<pulumi.Input<string>[]>;
  /** Write to a card that holds data. Default: false, and such a card is refused. */
  erase?: pulumi.Input<boolean>;
  /** Read everything back from the card and compare. Default: true. */
  verify?: pulumi.Input<boolean>;
  /**
   * Another value asks for another flash: a replacement, with everything after it. A new image alone never does.
   * Default: none.
   */
  generation?: pulumi.Input<string | number | undefined>;
}

/**
 * A card with an image on it and an SSH host key of its own, made when the card is written.
 *
 * It is written once, when the resource is created. From then on the card is in the Pi: a new image, or another card in the
 * reader, changes nothing. Destroying the resource leaves the card as it is.
 *
 * Raised: the device does not exist, is no card or not the declared one, is in use, holds data, is too small; the image is
 * damaged; what was read back differs.
 *
 * @example
 * const card = new FlashedCard('kitchen', {
 *   device: '/dev/disk/by-id/usb-Generic_Card_Reader_000000000001-0:0',
 *   imagePath: image.imagePath,
 *   imageSha256: image.sha256,
 *   imageSizeBytes: image.sizeBytes,
 * });
 */
export class FlashedCard extends DynamicResource {
  declare readonly device: pulumi.Output<string>;
  /** What tells this card from others. */
  declare readonly identity: pulumi.Output<CardIdentity>;
  /** SHA-256 of the image that was written, hexadecimal. */
  declare readonly writtenSha256: pulumi.Output<string>;
  /** How much was written, in bytes. */
  declare readonly writtenBytes: pulumi.Output<number>;
  /** The Pi's public host key, `ssh-ed25519 AAAA…`; the private part is on the card only. */
  declare readonly hostPublicKey: pulumi.Output<string>;
  /** Changes with each flash: a card flashed anew is a new machine. */
  declare readonly flashId: pulumi.Output<string>;

  constructor(name: string, args: FlashedCardArgs, options?: pulumi.CustomResourceOptions) {
    const outputs = ['identity', 'writtenSha256', 'writtenBytes', 'hostPublicKey', 'flashId', 'verified'];
    super('FlashedCard', name, { ...args }, outputs, options);
  }
}
