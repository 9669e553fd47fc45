import * as pulumi from '@pulumi/pulumi';
import { given } from './configured.ts';
import type { CardArgs, ImageSource } from './image-and-card.ts';
import type { CardOrHostKey } from './raspberry-pi.ts';
import type { StackConfig } from './stack-config.ts';

/**
 * How the stack's config says that the Pi comes into being: from a card that is written, with which image; or it runs already, and
 * its host key is known.
 *
 * @param image the configuration of the image where none is named.
 * @throws RunError when both are given, or neither, or two images.
 */
export function cardOrHostKey(config: StackConfig, image: string): CardOrHostKey {
  const hostKey = config.text('hostKey');
  const device = config.text('cardDevice');
  if (hostKey !== undefined && device !== undefined)
    throw new pulumi.RunError(
      'The config hostKey is for a Pi that runs already, cardDevice for one whose card is to be written: pulumi config rm one of them.',
    );
  if (hostKey !== undefined) return { hostKey };
  if (device === undefined)
    throw new pulumi.RunError(
      'The config names neither a card nor a Pi that runs already: pulumi config set cardDevice NAME (`npm run cards` lists them), or hostKey.',
    );
  return { ...imageSource(config, image), card: { device, ...cardOptions(config) } };
}

function imageSource(config: StackConfig, otherwise: string): ImageSource {
  const [image, imageFile, imageFileSha256] = ['image', 'imageFile', 'imageFileSha256'].map((key) => config.text(key));
  if (image !== undefined && imageFile !== undefined)
    throw new pulumi.RunError(
      'The config image is a configuration of an image, imageFile one that is there: pulumi config rm one of them.',
    );
  if (imageFile !== undefined) return { imageFile, ...given({ imageFileSha256 }) };
  if (imageFileSha256 !== undefined)
    throw new pulumi.RunError(
      'The config imageFileSha256 is of an imageFile, which is not given: pulumi config set imageFile FILE, or pulumi config rm imageFileSha256.',
    );
  return { image: image ?? otherwise };
}

/** Which card the stack's config wants to be written, and what is put on it; what is not given keeps FlashedCard's default. */
function cardOptions(config: StackConfig): Omit<CardArgs, 'device'> {
  return {
    expectedSizeBytes: config.number('cardSizeBytes'),
    maximumSizeBytes: config.number('cardMaximumSizeBytes'),
    serial: config.text('cardSerial'),
    allow: config.list('cardAllow'),
    erase: config.text('eraseCard'),
    insertTimeoutSeconds: config.number('cardTimeoutSeconds'),
    generation: config.text('cardGeneration'),
    reflash: config.oneOf('reflash', ['never', 'onImageChange']),
    hostPrivateKey: config.secret('hostPrivateKey'),
    wifi: wifi(config),
    files: config.secretList('cardFiles'),
  };
}

function wifi(config: StackConfig): CardArgs['wifi'] {
  const ssid = config.text('wifiName');
  return ssid === undefined ? undefined : { ssid, psk: config.requiredSecret('wifiPassword') };
}
