import type { DeviceFacts } from './device-facts.ts';
import { runTool } from './system-tool.ts';

/**
 * Ejects a finished card while it is still held: as soon as it is let go, a desktop may mount it. Only USB readers can; a failure
 * changes nothing but the words that tell the person what to do.
 *
 * @returns whether it was ejected.
 */
export async function eject({ kind, name }: Pick<DeviceFacts, 'kind' | 'name'>): Promise<boolean> {
  if (kind !== 'usb') return false;
  // Otherwise it asks for the device for itself alone, which it cannot have (util-linux 2.35), and nothing is mounted anyway.
  const whileHeld = '--no-unmount';
  return runTool('eject', [whileHeld, '--scsi', `/dev/${name}`]).then(
    () => true,
    () => false,
  );
}
