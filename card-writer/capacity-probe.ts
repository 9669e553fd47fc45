import { createHash } from 'node:crypto';
import { type ClaimedDevice, alignedBuffer, alignmentBytes } from './claimed-device.ts';
import { CardError } from './problem.ts';
import { megabytes } from './megabytes.ts';

const mebibyte = 1024 * 1024;

/**
 * Proves that a card is as large as it says: a forged one drops what is written beyond its true size, or writes it over
 * something else. Overwrites a block here and there, all over the card.
 *
 * @throws CardError naming how much the card really seems to hold.
 */
export async function probeCapacity(device: ClaimedDevice, sizeBytes: number, flashId: string): Promise<void> {
  const places = placesToProbe(sizeBytes);
  await mark(device, { flashId, places });
  await requireKept(device, sizeBytes, { flashId, places });
}

/** Writes those of its blocks that are behind the image once more: for a flash that goes on, whose image is not to be touched. */
export async function markBehind(
  imageSizeBytes: number,
  device: ClaimedDevice,
  sizeBytes: number,
  flashId: string,
): Promise<void> {
  await mark(device, { flashId, places: placesBehind(imageSizeBytes, sizeBytes) });
}

/**
 * Looks once more at the blocks that the image did not overwrite: a forgery may have answered from a cache, which by now has had all of
 * the image to keep.
 *
 * @throws CardError naming how much the card really seems to hold.
 */
export async function probeBehind(
  imageSizeBytes: number,
  device: ClaimedDevice,
  sizeBytes: number,
  flashId: string,
): Promise<void> {
  await requireKept(device, sizeBytes, { flashId, places: placesBehind(imageSizeBytes, sizeBytes) });
}

interface Marks {
  readonly flashId: string;
  readonly places: readonly number[];
}

async function mark(device: ClaimedDevice, { flashId, places }: Marks): Promise<void> {
  const block = alignedBuffer(alignmentBytes);
  for (const place of places) {
    patternFor(place, flashId).copy(block);
    await device.write(block, place);
  }
  await device.flush();
}

function placesBehind(imageSizeBytes: number, sizeBytes: number): number[] {
  const end = Math.ceil(imageSizeBytes / alignmentBytes) * alignmentBytes;
  return placesToProbe(sizeBytes).filter((place) => place >= end);
}

async function requireKept(device: ClaimedDevice, sizeBytes: number, { flashId, places }: Marks): Promise<void> {
  const block = alignedBuffer(alignmentBytes);
  for (const place of places) {
    await device.read(block, place);
    if (!block.equals(patternFor(place, flashId))) throw forged(device, sizeBytes, place);
  }
}

/** Aligned positions: each power of two from 8 MiB on, a little behind it, evenly between, and near the end. */
export function placesToProbe(sizeBytes: number): number[] {
  // Not in the last 64 KiB, which have been cleared of the backup of a partition table.
  const last = Math.floor(sizeBytes / alignmentBytes) * alignmentBytes - 17 * alignmentBytes;
  const places = new Set<number>([last]);
  for (let power = 8 * mebibyte; power < last; power *= 2) places.add(power).add(power + alignmentBytes);
  for (let index = 1; index < 32; index += 1)
    places.add(Math.floor((last * index) / 32 / alignmentBytes) * alignmentBytes);
  return [...places].filter((place) => place >= 4 * mebibyte && place <= last).sort((a, b) => a - b);
}

function patternFor(place: number, flashId: string): Buffer {
  const sign = createHash('sha256')
    .update(`${flashId} ${String(place)}`)
    .digest();
  return Buffer.alloc(alignmentBytes, sign);
}

function forged(device: ClaimedDevice, sizeBytes: number, place: number): CardError {
  return new CardError({
    what:
      `The card at ${device.path} says that it has ${megabytes(sizeBytes)}, but does not keep what is written at ` +
      `${megabytes(place)} (byte ${String(place)}): it is worn out, or a forgery that is smaller than its label.`,
    remedy: 'Use another card. `f3probe` measures what this one really holds. It was left without a boot record.',
  });
}
