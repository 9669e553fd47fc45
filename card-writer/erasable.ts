import { type DeviceFacts, readDeviceFacts } from './device-facts.ts';
import { whyNotErase } from './device-verdict.ts';
import { CardError } from './problem.ts';
import type { DeclaredDevice } from './request.ts';

/**
 * The facts of a device that may be erased.
 *
 * @throws CardError with every reason why it may not.
 */
export async function requireErasable(declared: DeclaredDevice, imageSizeBytes?: number): Promise<DeviceFacts> {
  const facts = await readDeviceFacts(declared.path);
  const reasons = whyNotErase(facts, { ...declared, imageSizeBytes });
  if (facts.kind !== 'loop' && !declared.path.startsWith('/dev/disk/'))
    reasons.push(`${declared.path} is no stable name.`);
  if (reasons.length === 0) return facts;
  throw new CardError({ what: reasons.join('\n  '), remedy: 'Nothing was written.' });
}
