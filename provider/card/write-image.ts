import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type DirectDevice, alignedBuffer, alignmentBytes, chunkBytes } from './direct-io.ts';
import { ProvisioningError } from '../errors.ts';
import type { Advance } from './transfer-progress.ts';

/** What went onto the card, to compare with what comes back. */
export interface Written {
  readonly sizeBytes: number;
  readonly sha256: string;
  /** One quick checksum for each chunk, to say where the card differs. */
  readonly chunkChecksums: readonly number[];
}

export interface Transfer {
  readonly device: DirectDevice;
  /** What stands at the card's beginning for now; the image's own beginning is held back. */
  readonly head: Buffer;
  readonly advance: Advance;
  readonly signal: AbortSignal;
}

/**
 * Writes an image in one pass: while one chunk is on its way to the card, the next one is filled. `limitBytes` is where it
 * has to end.
 */
export async function writeImage(
  pieces: AsyncIterable<Buffer>,
  limitBytes: number,
  transfer: Transfer,
): Promise<Written> {
  const hash = createHash('sha256');
  const chunkChecksums: number[] = [];
  const buffers = [alignedBuffer(chunkBytes), alignedBuffer(chunkBytes)] as const;
  let position = 0;
  let onItsWay = Promise.resolve();
  try {
    for await (const { chunk, full } of fillChunks(pieces, buffers)) {
      if (position + chunk.length > limitBytes) throw tooLong(limitBytes);
      hash.update(chunk);
      chunkChecksums.push(crc32(chunk));
      if (position === 0) transfer.head.copy(full);
      await onItsWay;
      onItsWay = writeChunk(transfer, full, position, chunk.length);
      // Whoever awaits it later gets the failure; until then it must not count as unhandled.
      onItsWay.catch(() => undefined);
      position += chunk.length;
    }
  } finally {
    await onItsWay;
  }
  await transfer.device.flush();
  return { sizeBytes: position, sha256: hash.digest('hex'), chunkChecksums };
}

async function writeChunk(
  { device, advance, signal }: Transfer,
  aligned: Buffer,
  position: number,
  length: number,
): Promise<void> {
  signal.throwIfAborted();
  await device.write(aligned, position);
  advance(position + length);
}

interface Chunk {
  /** What belongs to the image. */
  readonly chunk: Buffer;
  /** The same with zeros up to a whole sector. */
  readonly full: Buffer;
}

/** Gathers pieces of any size into the two buffers by turns; each stays untouched until the one after the next is asked for. */
async function* fillChunks(pieces: AsyncIterable<Buffer>, buffers: readonly [Buffer, Buffer]): AsyncGenerator<Chunk> {
  let [current, next] = buffers;
  let filled = 0;
  for await (const piece of pieces) {
    for (let taken = 0; taken < piece.length;) {
      const count = piece.copy(current, filled, taken);
      taken += count;
      filled += count;
      if (filled < current.length) continue;
      yield { chunk: current, full: current };
      [current, next, filled] = [next, current, 0];
    }
  }
  if (filled === 0) return;
  const full = current.subarray(0, Math.ceil(filled / alignmentBytes) * alignmentBytes).fill(0, filled);
  yield { chunk: current.subarray(0, filled), full };
}

function tooLong(limitBytes: number): ProvisioningError {
  return new ProvisioningError({
    what: `The image is longer than the ${String(limitBytes)} bytes that were announced for it.`,
    remedy: 'The image file changed after it was looked at. Run it again.',
  });
}

/**
 * Reads the card back past every cache and compares it with what was written. `imageHead` is the image's own beginning,
 * which is not on the card yet.
 *
 * @throws ProvisioningError naming the first place that differs.
 */
export async function verifyImage(
  written: Written,
  imageHead: Buffer,
  { device, head, advance, signal }: Transfer,
): Promise<void> {
  const hash = createHash('sha256');
  const buffers = [alignedBuffer(chunkBytes), alignedBuffer(chunkBytes)] as const;
  const load = (index: number): Promise<number> => device.read(bufferFor(buffers, index), index * chunkBytes);
  let ahead = load(0);
  for (let index = 0; index < written.chunkChecksums.length; index += 1) {
    signal.throwIfAborted();
    await ahead;
    if (index + 1 < written.chunkChecksums.length) ahead = load(index + 1);
    ahead.catch(() => undefined);
    const position = index * chunkBytes;
    const chunk = bufferFor(buffers, index).subarray(0, Math.min(chunkBytes, written.sizeBytes - position));
    if (index === 0) putBackHead(chunk, head, imageHead, device);
    if (crc32(chunk) !== written.chunkChecksums[index]) throw differs(device, position);
    hash.update(chunk);
    advance(position + chunk.length);
  }
  if (hash.digest('hex') !== written.sha256) throw differs(device, 0);
}

function bufferFor(buffers: readonly [Buffer, Buffer], index: number): Buffer {
  return index % 2 === 0 ? buffers[0] : buffers[1];
}

function putBackHead(chunk: Buffer, head: Buffer, imageHead: Buffer, device: DirectDevice): void {
  if (!chunk.subarray(0, head.length).equals(head)) throw differs(device, 0);
  imageHead.copy(chunk);
}

export function differs(device: DirectDevice, position: number): ProvisioningError {
  return new ProvisioningError({
    what: `The card at ${device.path} does not give back what was written, from byte ${String(position)} on (checked in steps of 4 MiB).`,
    remedy:
      'Try again; if it happens twice, the card is worn out or smaller than it claims to be. It was left without a boot record.',
  });
}
