import { crc32 } from 'node:zlib';
import { type ClaimedDevice, alignedBuffer, alignmentBytes, chunkBytes } from './claimed-device.ts';
import { headBytes } from './unfinished-marker.ts';

/** What the card has to give back. */
export interface Written {
  /** The image's own beginning, which is not on the card yet. */
  readonly imageHead: Buffer;
  /**
   * One checksum for each chunk, of what is on the card now: the marker in place of the image's beginning. None where nothing
   * will be read back.
   */
  readonly checksums: readonly number[];
  /** Chunks that were read from the card and found to be right already. */
  readonly proven: ReadonlySet<number>;
  /** Chunks that were not sent, as the device says that it has made zeros of them. */
  readonly leftToDevice: ReadonlySet<number>;
  readonly writtenBytes: number;
}

export interface ImageTransfer {
  readonly device: ClaimedDevice;
  /** Where the image's bytes come from: fills the whole buffer, or throws. */
  readonly fill: (buffer: Buffer) => void;
  /** In bytes. */
  readonly imageSizeBytes: number;
  /** Whether it will be read back. */
  readonly verify: boolean;
  /** What stands at the card's beginning for now. */
  readonly marker: Buffer;
  /** Called with the first chunk, before anything is written. Tells whether the device holds zeros now wherever the image will be. */
  readonly beforeFirst: (chunk: Buffer) => Promise<{ readonly zeroed: boolean }>;
  /** Read what is on the card before writing, and leave alone what matches: an earlier run got somewhere. */
  readonly compare: boolean;
  readonly advance: (doneBytes: number) => void;
}

// Behind the place where the earlier run ended, nothing matches any more: reading on would only cost time.
const differencesBeforeGivingUp = 8;

/**
 * Writes an image in one pass: while some chunks are on their way to the card, the next one is filled. Chunk 0 goes with
 * the marker in place of its beginning.
 *
 * @throws CardError when the image ends early, or the card fails; by then the card has no boot record.
 */
export async function writeImage(transfer: ImageTransfer): Promise<Written> {
  const writing = new ImageWriting(transfer);
  try {
    for (const place of chunksOf(transfer.imageSizeBytes)) await writing.next(place);
    return await writing.finish();
  } finally {
    await writing.end();
  }
}

/** A buffer, and when it may be used again. */
interface Slot {
  readonly buffer: Buffer;
  idle: Promise<void>;
}

function newSlot(): Slot {
  return { buffer: alignedBuffer(chunkBytes), idle: Promise.resolve() };
}

/** Whoever awaits it later gets the failure; until then it must not count as unhandled. */
function settledLater(work: Promise<void>): Promise<void> {
  work.catch(() => undefined);
  return work;
}

class ImageWriting {
  readonly #transfer: ImageTransfer;
  readonly #checksums: number[] = [];
  readonly #proven = new Set<number>();
  readonly #leftToDevice = new Set<number>();
  readonly #comparison: Comparison;
  /** The one that was used longest ago comes first. */
  #slots: readonly [Slot, ...Slot[]] = [newSlot(), newSlot(), newSlot(), newSlot()];
  #imageHead: Buffer = Buffer.alloc(0);
  #zeroed = false;
  #writtenBytes = 0;
  #doneBytes = 0;

  constructor(transfer: ImageTransfer) {
    this.#transfer = transfer;
    this.#comparison = new Comparison(transfer);
  }

  async next({ index, position, length }: ChunkPlace): Promise<void> {
    const transfer = this.#transfer;
    const slot = this.#nextSlot();
    await slot.idle;
    const there = this.#comparison.start(position, length);
    const chunk = slot.buffer.subarray(0, length);
    transfer.fill(chunk);
    if (index === 0) await this.#holdBackHead(chunk);
    if (transfer.verify) this.#checksums.push(crc32(chunk));
    const isThere = await this.#comparison.matches(there, chunk);
    if (isThere) this.#proven.add(index);
    const isZeroed = this.#zeroed && index > 0 && isZero(chunk);
    if (isZeroed) this.#leftToDevice.add(index);
    if (isThere || isZeroed) this.#advance(length);
    else this.#write(slot, position, length);
  }

  #nextSlot(): Slot {
    const [slot, next = slot, ...others] = this.#slots;
    this.#slots = [next, ...others, slot];
    return slot;
  }

  async #holdBackHead(chunk: Buffer): Promise<void> {
    this.#imageHead = Buffer.from(chunk.subarray(0, headBytes));
    ({ zeroed: this.#zeroed } = await this.#transfer.beforeFirst(chunk));
    this.#transfer.marker.copy(chunk);
  }

  #write(slot: Slot, position: number, length: number): void {
    this.#writtenBytes += length;
    const full = slot.buffer.fill(0, length).subarray(0, alignedLength(length));
    const written = this.#transfer.device.write(full, position).then(() => {
      this.#advance(length);
    });
    slot.idle = settledLater(written);
  }

  #advance(length: number): void {
    this.#doneBytes += length;
    this.#transfer.advance(this.#doneBytes);
  }

  /** Nothing is on its way any more. */
  async end(): Promise<void> {
    await Promise.allSettled(this.#slots.map(({ idle }) => idle));
  }

  async finish(): Promise<Written> {
    await Promise.all(this.#slots.map(({ idle }) => idle));
    await this.#transfer.device.flush();
    return {
      imageHead: this.#imageHead,
      checksums: this.#checksums,
      proven: this.#proven,
      leftToDevice: this.#leftToDevice,
      writtenBytes: this.#writtenBytes,
    };
  }
}

/** Reads a resumed card ahead of what is to be written to it. */
class Comparison {
  readonly #device: ClaimedDevice;
  readonly #buffer = alignedBuffer(chunkBytes);
  #differences: number;

  constructor({ device, compare }: ImageTransfer) {
    this.#device = device;
    this.#differences = compare ? 0 : differencesBeforeGivingUp;
  }

  start(position: number, length: number): Promise<number> | undefined {
    if (this.#differences >= differencesBeforeGivingUp) return undefined;
    return this.#device.read(this.#buffer.subarray(0, alignedLength(length)), position);
  }

  async matches(there: Promise<number> | undefined, chunk: Buffer): Promise<boolean> {
    if (there === undefined) return false;
    await there;
    const same = this.#buffer.subarray(0, chunk.length).equals(chunk);
    this.#differences = same ? 0 : this.#differences + 1;
    return same;
  }
}

export interface ChunkPlace {
  readonly index: number;
  /** In bytes, on the card and in the image. */
  readonly position: number;
  /** In bytes; the last chunk may be shorter than the others. */
  readonly length: number;
}

export function* chunksOf(sizeBytes: number): Generator<ChunkPlace> {
  for (let position = 0; position < sizeBytes; position += chunkBytes)
    yield { index: position / chunkBytes, position, length: Math.min(chunkBytes, sizeBytes - position) };
}

/** With zeros up to a whole sector. */
export function alignedLength(length: number): number {
  return Math.ceil(length / alignmentBytes) * alignmentBytes;
}

const zeros = Buffer.alloc(chunkBytes);

function isZero(chunk: Buffer): boolean {
  return chunk.equals(zeros.subarray(0, chunk.length));
}
