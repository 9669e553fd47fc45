import type { CardArgs } from './raspberry-pi.ts';
import type { StackConfig } from './stack-config.ts';

/** Which card the stack's config wants to be written, and what is put on it; what is not given keeps FlashedCard's default. */
export function cardOptions(config: StackConfig): CardArgs {
  return {
    device: config.required('cardDevice'),
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
