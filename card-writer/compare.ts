import { ClaimedDevice, alignedBuffer, chunkBytes } from './claimed-device.ts';
import { requireErasable } from './erasable.ts';
import { type Extent, type Tell, progressOf } from './events.ts';
import type { Input } from './input.ts';
import type { CompareRequest } from './request.ts';
import { alignedLength, chunksOf } from './write-image.ts';

/**
 * Where a card differs from an image. Reads the card past every cache, and changes nothing.
 *
 * @throws CardError when the device is not one that is a card, is in use, or cannot be read.
 */
export async function compare(request: CompareRequest, input: Input, tell: Tell): Promise<Extent[]> {
  const { device: declared, image } = request;
  const device = await ClaimedDevice.claim(await requireErasable(declared, image.sizeBytes), 'read');
  try {
    const advance = progressOf('comparing', image.sizeBytes, tell);
    const [there, wanted] = [alignedBuffer(chunkBytes), Buffer.alloc(chunkBytes)];
    const differing: Extent[] = [];
    for (const { position, length } of chunksOf(image.sizeBytes)) {
      const reading = device.read(there.subarray(0, alignedLength(length)), position);
      input.fill(wanted.subarray(0, length));
      const count = await reading;
      const found = there.subarray(0, Math.min(count, length));
      differing.push(
        ...differingSteps(found, wanted.subarray(0, length)).map((at) => ({ ...at, position: position + at.position })),
      );
      advance(position + length);
    }
    return differing;
  } finally {
    await device.close();
  }
}

// Fine enough to tell partitions from each other, which begin and end at whole ones.
const stepBytes = 1024 * 1024;

function differingSteps(found: Buffer, wanted: Buffer): Extent[] {
  const steps = Array.from({ length: Math.ceil(wanted.length / stepBytes) }, (_, index) => ({
    position: index * stepBytes,
    length: Math.min(stepBytes, wanted.length - index * stepBytes),
  }));
  const part = (bytes: Buffer, { position, length }: Extent): Buffer => bytes.subarray(position, position + length);
  return steps.filter((step) => !part(found, step).equals(part(wanted, step)));
}
