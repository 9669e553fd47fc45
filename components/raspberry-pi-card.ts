import * as pulumi from '@pulumi/pulumi';
import type { FlashedCard, SdImage } from '../provider/resources/index.ts';
import { flashCard, makeImage, type CardArgs, type ImageArgs, type ImageSource } from './image-and-card.ts';

export interface RaspberryPiCardArgs extends ImageArgs {
  /** The card that the image is written to. Default: none, only the image is built. */
  card?: CardArgs | undefined;
}

/**
 * What a Raspberry Pi boots from, and nothing after it: an image, and where `card` is given a card with it. For a card that is
 * written elsewhere, or a Pi that is not deployed to from here.
 *
 * To go on with it as a RaspberryPi of the same name, give that one the option `aliases: [{ type: RaspberryPiCard.type }]`: image and
 * card stay as they are.
 *
 * @example
 * const { image } = new RaspberryPiCard('kitchen', { image: 'hosts/kitchen/sd-card.nix' });
 */
export class RaspberryPiCard extends pulumi.ComponentResource {
  /** For the aliases of what takes its place. */
  static readonly type = 'nixos-pi:index:RaspberryPiCard';

  readonly image: SdImage;
  /** None where `card` was left out. */
  readonly card: FlashedCard | undefined;
  /** The public SSH host key that the card was given, `ssh-ed25519 AAAA…`; none where `card` was left out. */
  readonly hostPublicKey: pulumi.Output<string> | undefined;

  constructor(name: string, args: RaspberryPiCardArgs & ImageSource, options?: pulumi.ComponentResourceOptions) {
    super(RaspberryPiCard.type, name, {}, options);
    this.image = makeImage(name, args, args.card, this);
    this.card = args.card && flashCard(name, this.image, args.card, this);
    this.hostPublicKey = this.card?.hostPublicKey;
    this.registerOutputs({ imagePath: this.image.imagePath, hostPublicKey: this.hostPublicKey });
  }
}
