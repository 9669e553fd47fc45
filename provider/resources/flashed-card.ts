import type * as pulumi from '@pulumi/pulumi';
import type { CardIdentity } from '../handlers/flashed-card.ts';
import { DynamicResource } from './dynamic-resource.ts';

/** Which card is written, with what, and what its owner says of it. */
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
  /**
   * SHA-256 of the image file; a SdImage's `compressedSha256`. Default: the whole file is read once before the flash, to be sure
   * of it.
   */
  imageCompressedSha256?: pulumi.Input<string | undefined>;
  /** Size of the decompressed image in bytes; a SdImage's `sizeBytes`. */
  imageSizeBytes: pulumi.Input<number>;
  /**
   * The card's size in bytes; a device of another size is refused. Default: any that holds the image.
   *
   * @example 31914983424
   */
  expectedSizeBytes?: pulumi.Input<number | undefined>;
  /**
   * A serial number, as `npm run cards` shows it; a device with another is refused. It is the card's own only in a card slot: a USB
   * reader has one for whatever is in it. Default: any.
   *
   * @example '0x2a3b4c5d'
   */
  serial?: pulumi.Input<string | undefined>;
  /** The largest device in bytes that is believed to be a card. Default: 300 GB. */
  maximumSizeBytes?: pulumi.Input<number | undefined>;
  /**
   * Kinds of device beside USB ones and cards in a slot that may be written: `emmc`, `nvme`, `sata`, `virtio`, `loop`. Default: none.
   *
   * @example ['emmc']
   */
  allow?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * The fingerprint of what may be erased: a card that holds anything else is refused. A preview shows what is on the card, and
   * its fingerprint. Default: only a blank card, or one as it is sold, is written.
   *
   * @example '3f9a71c20b4e55d1'
   */
  erase?: pulumi.Input<string | undefined>;
  /** Read everything back from the card and compare. Default: true. */
  verify?: pulumi.Input<boolean>;
  /** Let the device write zeros by itself where it can, and where `verify` proves them. Default: true. */
  deviceZeroes?: pulumi.Input<boolean>;
  /** How long `pulumi up` waits for a card in the reader, in seconds. Default: 600. A preview never waits. */
  insertTimeoutSeconds?: pulumi.Input<number | undefined>;
  /**
   * Another value asks for another flash: a replacement, with everything after it. Default: none.
   *
   * @example 2
   */
  generation?: pulumi.Input<string | number | undefined>;
  /** Whether a new image asks for another flash as well: `never`, `onImageChange`. Default: `never`. */
  reflash?: pulumi.Input<'never' | 'onImageChange' | undefined>;
  /**
   * The Pi's private SSH host key, Ed25519 in OpenSSH's format, for a machine that keeps its identity; a secret. Default: a new
   * one with each flash, whose private part is only on the card.
   *
   * @example config.requireSecret('hostPrivateKey')
   */
  hostPrivateKey?: pulumi.Input<string | undefined>;
  /**
   * A wireless network that the Pi joins: name and passphrase (or its 64 hexadecimal digits); a secret. It becomes a connection of
   * NetworkManager, which the Pi's configuration has to enable: `networking.networkmanager.enable = true;`. Default: none.
   *
   * @example { ssid: 'home', psk: config.requireSecret('wifiPassword') }
   */
  wifi?: pulumi.Input<{ ssid: pulumi.Input<string>; psk: pulumi.Input<string> } | undefined>;
  /**
   * Files for the Pi's root file system, for example tokens; secrets. They reach the card only: neither the Nix store nor
   * the state's outputs; as inputs they are in the state, encrypted. `mode` in octal, default `0600`; `userId` and `groupId` default to root. Default: none.
   *
   * @example [{ path: '/etc/token', content: token, mode: '0600' }]
   */
  files?: pulumi.Input<
    { path: string; content: string; mode?: string; userId?: number; groupId?: number }[] | undefined
  >;
}

/**
 * A card with an image on it and an SSH host key of its own, made when the card is written.
 *
 * It is written once, when the resource is created. From then on the card is in the Pi: a new image, or another card in the
 * reader, changes nothing, unless `generation` or `reflash` asks for another flash. Destroying the resource leaves the card as it is.
 *
 * Raised: the device does not exist, is no card or not the declared one, is in use, holds data, is too small; the image is
 * damaged; what was read back differs.
 *
 * @example
 * const card = new FlashedCard('kitchen', {
 *   device: '/dev/disk/by-id/usb-Generic_Card_Reader_000000000001-0:0',
 *   imagePath: image.imagePath,
 *   imageSha256: image.sha256,
 *   imageCompressedSha256: image.compressedSha256,
 *   imageSizeBytes: image.sizeBytes,
 * });
 */
export class FlashedCard extends DynamicResource {
  /** The reader in which it was written, by its stable name. */
  declare readonly device: pulumi.Output<string>;
  /** What tells this card from others. */
  declare readonly identity: pulumi.Output<CardIdentity>;
  /** SHA-256 of the image that was written, hexadecimal. */
  declare readonly writtenSha256: pulumi.Output<string>;
  /** What the image takes on the card, in bytes; what was there already, or is zeros, may not have been written again. */
  declare readonly writtenBytes: pulumi.Output<number>;
  /** The Pi's public host key, `ssh-ed25519 AAAA…`; the private part is on the card only. */
  declare readonly hostPublicKey: pulumi.Output<string>;
  /** Changes with each flash: a card flashed anew is a new machine. */
  declare readonly flashId: pulumi.Output<string>;
  /** Whether all of it was read back and compared. */
  declare readonly verified: pulumi.Output<boolean>;

  constructor(name: string, args: FlashedCardArgs, options?: pulumi.CustomResourceOptions) {
    const outputs = ['identity', 'writtenSha256', 'writtenBytes', 'hostPublicKey', 'flashId', 'verified'];
    super('FlashedCard', name, { ...args }, outputs, options);
  }
}
