import { crc32 } from 'node:zlib';
import { type ClaimedDevice, alignedBuffer, chunkBytes } from './claimed-device.ts';
import { CardError } from './problem.ts';
import { type ChunkPlace, type Written, alignedLength, chunksOf } from './write-image.ts';

/** A card of which more chunks than this differ is not worth another try: 64 MiB. */
const worthRewriting = 16;

export interface ReadBack {
  readonly device: ClaimedDevice;
  readonly imageSizeBytes: number;
  /** Called with what is wanted once more; afterwards `fill` gives it. */
  readonly resend: (parts: readonly ChunkPlace[]) => void;
  readonly fill: (buffer: Buffer) => void;
  /** What stands at the card's beginning for now. */
  readonly marker: Buffer;
  readonly advance: (doneBytes: number) => void;
}

/**
 * Reads the card back past every cache and compares. What differs is written once more.
 *
 * @throws CardError naming the first place that does not keep what is written to it.
 */
export async function readBack(written: Written, reading: ReadBack): Promise<void> {
  const unproven = [...chunksOf(reading.imageSizeBytes)].filter(({ index }) => !written.proven.has(index));
  const differing = await differingChunks(unproven, written, reading);
  if (differing.length === 0) return;
  // A device that only says that it writes zeros by itself is no worn one: it gets them sent.
  const [first, ...more] = differing.filter(({ index }) => !written.leftToDevice.has(index));
  if (first !== undefined && more.length >= worthRewriting)
    throw worn(
      reading.device,
      first.position,
      ` (in steps of 4 MiB), and ${String(more.length)} more parts of it do not either`,
    );
  await rewrite(differing, written, reading);
  const [still] = await differingChunks(differing, written, { ...reading, advance: () => undefined });
  if (still !== undefined)
    throw worn(reading.device, still.position, ' (in steps of 4 MiB), even after it was written a second time');
}

async function differingChunks(
  chunks: readonly ChunkPlace[],
  { checksums }: Written,
  { device, advance }: Pick<ReadBack, 'device' | 'advance'>,
): Promise<ChunkPlace[]> {
  const differing: ChunkPlace[] = [];
  let doneBytes = 0;
  for await (const { chunk, found } of readAhead(device, chunks)) {
    if (found.length < chunk.length || crc32(found) !== checksums[chunk.index]) differing.push(chunk);
    advance((doneBytes += chunk.length));
  }
  return differing;
}

/** As many chunks are under way at once; with fewer a fast reader waits for the comparing in between. */
const readsAhead = 4;

/** Reads the next chunks while the one before is looked at. A chunk is good until the next one is asked for. */
async function* readAhead(
  device: ClaimedDevice,
  chunks: readonly ChunkPlace[],
): AsyncGenerator<{ chunk: ChunkPlace; found: Buffer }> {
  const buffers = Array.from({ length: readsAhead }, () => alignedBuffer(chunkBytes));
  const underWay: { chunk: ChunkPlace; buffer: Buffer; found: Promise<Buffer> }[] = [];
  const begin = (chunk: ChunkPlace | undefined, buffer: Buffer): void => {
    if (chunk === undefined) return;
    const found = readChunk(device, chunk, buffer);
    found.catch(() => undefined);
    underWay.push({ chunk, buffer, found });
  };
  const remaining = chunks.values();
  for (const buffer of buffers) begin(remaining.next().value, buffer);
  for (let first = underWay.shift(); first !== undefined; first = underWay.shift()) {
    yield { chunk: first.chunk, found: await first.found };
    begin(remaining.next().value, first.buffer);
  }
}

async function readChunk(device: ClaimedDevice, { position, length }: ChunkPlace, buffer: Buffer): Promise<Buffer> {
  const count = await device.read(buffer.subarray(0, alignedLength(length)), position);
  return buffer.subarray(0, Math.min(length, count));
}

async function rewrite(differing: readonly ChunkPlace[], { checksums }: Written, reading: ReadBack): Promise<void> {
  const buffer = alignedBuffer(chunkBytes);
  reading.resend(differing);
  for (const { index, position, length } of differing) {
    const chunk = buffer.subarray(0, length);
    reading.fill(chunk);
    if (index === 0) reading.marker.copy(chunk);
    if (crc32(chunk) !== checksums[index])
      throw new CardError({
        what: 'What was sent again is not what was sent before.',
        remedy: 'The image file changed meanwhile. Run it again; the card was left without a boot record.',
      });
    await reading.device.write(buffer.fill(0, length).subarray(0, alignedLength(length)), position);
  }
  await reading.device.flush();
}

/** @param extent how much of it does not, as the end of a sentence. */
export function worn(device: ClaimedDevice, position: number, extent: string): CardError {
  return new CardError({
    what: `The card at ${device.path} does not give back what was written to it at byte ${String(position)}${extent}.`,
    remedy:
      'The card is worn out, or a forgery that is smaller than its label, or its reader is faulty: try another reader once, then another card. It was left without a boot record.',
  });
}
