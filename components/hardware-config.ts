import type { HardwareConfigurationArgs } from './raspberry-pi.ts';
import type { StackConfig } from './stack-config.ts';

/** What the stack's config wants of the hardware configuration; undefined where the file at `path` is its owner's. */
export function hardwareConfiguration(config: StackConfig, path: string): HardwareConfigurationArgs | undefined {
  if (config.flag('ownHardwareConfig')) return undefined;
  return {
    path,
    overwrite: config.flag('overwriteHardwareConfig'),
    firstBootTimeoutSeconds: config.number('firstBootTimeoutSeconds'),
  };
}
