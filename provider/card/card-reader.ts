import { setTimeout as sleep } from 'node:timers/promises';
import { type DeviceFacts, readDeviceFacts } from '../../card-writer/device-facts.ts';
import * as verdict from '../../card-writer/device-verdict.ts';
import { CardError } from '../../card-writer/problem.ts';
import type { DeclaredDevice } from '../../card-writer/request.ts';
import { ProvisioningError, codeOf } from '../errors.ts';
import { errorOf } from './card-writer.ts';
import type { Watch } from '../context.ts';

/**
 * What is in a reader; undefined where there is no card in it, or no reader.
 *
 * @throws ProvisioningError when the name is no stable one, or leads to something that is no block device.
 */
export async function lookAtReader(path: string): Promise<DeviceFacts | undefined> {
  try {
    const facts = await readDeviceFacts(path);
    return facts.sizeBytes === 0 ? undefined : facts;
  } catch (error) {
    if (!(error instanceof CardError)) throw error;
    if (codeOf(error.cause) === 'ENOENT') return undefined;
    throw errorOf(error.problem);
  }
}

/** Why this device may not be erased, one sentence each; none when it may. */
export function whyNotErase(facts: DeviceFacts, declared: DeclaredDevice, imageSizeBytes?: number): string[] {
  return verdict.whyNotErase(facts, { ...declared, imageSizeBytes });
}

/** What is wanted of the card that somebody is going to put into a reader. */
export interface AwaitedCard extends Omit<DeclaredDevice, 'path'> {
  readonly device: string;
  readonly imageSizeBytes: number;
  readonly insertTimeoutSeconds: number;
}

const pollMilliseconds = 500;
/** A desktop mounts a card a moment after it has appeared. */
const settleMilliseconds = 2000;

/**
 * The card in a reader, once there is one that nobody has mounted.
 *
 * @param anotherOnes the kernel's number of a card that was written just now, and is not waited for.
 * @throws ProvisioningError when there is none in time, or it is one that may not be erased.
 */
export async function waitForCard(watch: Watch, wanted: AwaitedCard, anotherOnes?: number): Promise<DeviceFacts> {
  const deadline = performance.now() + wanted.insertTimeoutSeconds * 1000;
  for (let asked: string | undefined; ;) {
    const facts = await lookAtReader(wanted.device);
    const isAnotherOnes = anotherOnes !== undefined && facts?.diskSequence === anotherOnes;
    const card = isAnotherOnes ? undefined : facts;
    const wish = card === undefined ? putItIn(wanted, isAnotherOnes) : takeItFromDesktop(card, wanted);
    const isLate = performance.now() > deadline;
    if (card !== undefined && (isLate || (wish ?? asked) === undefined)) return requireErasable(card, wanted);
    if (isLate) throw noCard(wanted);
    if (wish !== undefined && wish !== asked) watch.progress(wish);
    asked = wish;
    await sleep(wish === undefined ? settleMilliseconds : pollMilliseconds, undefined, { signal: watch.signal });
  }
}

function putItIn({ device }: AwaitedCard, isAnotherOnes: boolean): string {
  return `waiting for a card in ${device}: ${isAnotherOnes ? 'take out the one that was written, and put in the next' : 'put it in'}`;
}

/** What is asked of a person where only mounts stand against the card; undefined where there are none, or more does. */
function takeItFromDesktop(facts: DeviceFacts, wanted: AwaitedCard): string | undefined {
  const { device, imageSizeBytes } = wanted;
  if (!verdict.isOnlyMounted(facts, { ...wanted, imageSizeBytes })) return undefined;
  const places = facts.mounts.map(({ mountPoint }) => mountPoint).join(', ');
  const commands = facts.mounts.map((mount) => `udisksctl unmount -b /dev/${mount.device}`).join('; ');
  return `waiting for the card in ${device}, which is mounted at ${places}: unmount it (not eject), \`${commands}\``;
}

function requireErasable(facts: DeviceFacts, wanted: AwaitedCard): DeviceFacts {
  const reasons = whyNotErase(facts, { ...wanted, path: wanted.device }, wanted.imageSizeBytes);
  if (reasons.length === 0) return facts;
  throw new ProvisioningError({
    what: reasons.join('\n  '),
    remedy: 'Nothing was written. Mend this and run `pulumi up` again.',
  });
}

function noCard({ device, insertTimeoutSeconds }: AwaitedCard): ProvisioningError {
  return new ProvisioningError({
    what: `There was no card in ${device} within ${String(insertTimeoutSeconds)} s.`,
    remedy:
      'Put the card into the reader, look at `ls -l /dev/disk/by-id` whether this is its name, and run `pulumi up` again. `insertTimeoutSeconds` waits longer.',
  });
}
