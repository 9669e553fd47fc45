import { type CardFindings, fingerprintWith, readCardContent } from './card-content.ts';
import { ClaimedDevice, alignedBuffer, chunkBytes } from './claimed-device.ts';
import type { DeviceFacts } from './device-facts.ts';
import { readDiskSequence } from './device-readings.ts';
import { eject } from './eject.ts';
import { requireErasable } from './erasable.ts';
import { type Phase, type Summary, type Tell, progressOf } from './events.ts';
import { checkFileSystem, requireTools, writeFiles } from './ext4-files.ts';
import type { Input } from './input.ts';
import { type Partition, rootPartition } from './partition-table.ts';
import { markBehind, probeBehind, probeCapacity } from './capacity-probe.ts';
import { CardError } from './problem.ts';
import { readBack, worn } from './read-back.ts';
import type { DeclaredDevice, FlashRequest } from './request.ts';
import { runTool } from './system-tool.ts';
import { encodeMarker, headBytes, isBehindHead } from './unfinished-marker.ts';
import { type Written, alignedLength, writeImage } from './write-image.ts';

/**
 * What is on a card, without changing anything.
 *
 * @throws CardError when the device is not one that may be erased.
 */
export async function inspect(declared: DeclaredDevice): Promise<CardFindings> {
  const facts = await requireErasable(declared);
  const device = await ClaimedDevice.claim(facts, 'read');
  try {
    return await readCardContent(device, facts.sizeBytes);
  } finally {
    await device.close();
  }
}

/**
 * Makes a bootable card: image, verification, files for the first boot, and only then the boot record. Until that moment the
 * card starts with a marker, so that an interrupted one is never taken for a finished one, and the next run goes on with it.
 *
 * @throws CardError when the device is not the right one, fails, or does not keep what is written.
 */
export async function flash(request: FlashRequest, input: Input, tell: Tell): Promise<Summary> {
  await requireTools();
  const facts = await requireErasable(request.device, request.image.sizeBytes);
  const device = await ClaimedDevice.claim(facts, 'write');
  try {
    const found = await requireAsSeen(request, device);
    return await new Flash(request, { device, facts, input, tell }).run(found);
  } finally {
    await device.close();
  }
}

/** Between the look at the card and its opening another one may have come into the reader. */
async function requireAsSeen(
  { device: declared, seen, image }: FlashRequest,
  device: ClaimedDevice,
): Promise<CardFindings> {
  const facts = await requireErasable(declared, image.sizeBytes);
  const found = await readCardContent(device, facts.sizeBytes);
  const sameMedium =
    device.number === facts.number && (seen.diskSequence === undefined || seen.diskSequence === facts.diskSequence);
  if (sameMedium && found.fingerprint === seen.fingerprint) return found;
  throw new CardError({
    what: `The card in ${declared.path} is not the one that was looked at: ${sameMedium ? `its fingerprint is ${found.fingerprint} now, not ${seen.fingerprint}` : 'another one was put into the reader'}.`,
    remedy: 'Nothing was written. Run it again, and look at what it says of this card.',
  });
}

interface Workplace {
  readonly device: ClaimedDevice;
  readonly facts: DeviceFacts;
  readonly input: Input;
  readonly tell: Tell;
}

class Flash {
  readonly #request: FlashRequest;
  readonly #place: Workplace;
  readonly #marker: Buffer;

  constructor(request: FlashRequest, place: Workplace) {
    this.#request = request;
    this.#place = place;
    this.#marker = encodeMarker({ flashId: request.flashId, imageSha256: request.image.sha256 });
  }

  async run(found: CardFindings): Promise<Summary> {
    const { tell, input } = this.#place;
    const isOurs = found.content.kind === 'unfinished' && found.content.imageSha256 === this.#request.image.sha256;
    const started = performance.now();
    const { written, root } = await this.#write(isOurs);
    const wroteAt = performance.now();
    if (this.#request.verify) await this.#readBack(written);
    if (this.#request.verify) await this.#probeBehind();
    await this.#requireSameMedium();
    const readAt = performance.now();
    this.#progress('adding files')(0);
    await this.#addFiles(root);
    tell({ event: 'ready', fingerprint: await this.#finalFingerprint(written.imageHead) });
    if (!input.isNext('finish')) throw new CardError({ what: 'The flash was called off before its last step.' });
    await this.#requireSameMedium();
    await this.#makeBootable(written.imageHead);
    const { writtenBytes } = written;
    return {
      writtenBytes,
      unchangedBytes: this.#request.image.sizeBytes - writtenBytes,
      writingSeconds: (wroteAt - started) / 1000,
      readingSeconds: this.#request.verify ? (readAt - wroteAt) / 1000 : 0,
      ejected: await eject(this.#place.facts),
    };
  }

  async #write(isOurs: boolean): Promise<{ written: Written; root: Partition }> {
    const { device, input } = this.#place;
    const { image, flashId, verify } = this.#request;
    let root: Partition | undefined;
    const written = await writeImage({
      device,
      imageSizeBytes: image.sizeBytes,
      verify,
      marker: this.#marker,
      fill: (buffer) => {
        input.fill(buffer, flashId);
      },
      beforeFirst: async (chunk) => {
        root = rootBehindHead(chunk, image.sizeBytes);
        return { zeroed: await (isOurs ? this.#goOn() : this.#prepare()) };
      },
      compare: isOurs,
      advance: this.#progress('writing'),
    });
    if (!input.isNext(flashId)) throw longerThanAnnounced(image.sizeBytes);
    if (root === undefined) throw new CardError({ what: 'The image is empty.' });
    return { written, root };
  }

  /** Takes away what was on the card, and probes its capacity; returns whether it holds zeros now. */
  async #prepare(): Promise<boolean> {
    const { device, facts } = this.#place;
    // Whoever finds it after a probe that failed, or was cut off, probes again.
    await makeUnbootable(device, facts.sizeBytes, encodeMarker({ flashId: this.#request.flashId }));
    this.#progress('probing')(0);
    await probeCapacity(device, facts.sizeBytes, this.#request.flashId);
    if (!this.#request.deviceZeroes || !this.#request.verify || !facts.writesZeroes) return false;
    return this.#zero();
  }

  /** An unfinished card keeps what is right of the image, and has been cleared and probed; returns whether it holds zeros: it does not. */
  async #goOn(): Promise<false> {
    const { device, facts } = this.#place;
    await markBehind(this.#request.image.sizeBytes, device, facts.sizeBytes, this.#request.flashId);
    return false;
  }

  // Only the read back proves that a device that says it writes zeros does.
  async #zero(): Promise<boolean> {
    this.#progress('zeroing')(0);
    const { device } = this.#place;
    const length = alignedLength(this.#request.image.sizeBytes) - chunkBytes;
    if (length <= 0) return false;
    const range = ['--offset', String(chunkBytes), '--length', String(length)];
    await runTool('blkdiscard', ['--zeroout', '--force', ...range, device.heldPath], { inherit: device.descriptor });
    return true;
  }

  async #readBack(written: Written): Promise<void> {
    const { device, input, tell } = this.#place;
    await readBack(written, {
      device,
      imageSizeBytes: this.#request.image.sizeBytes,
      marker: this.#marker,
      resend: (parts) => {
        tell({ event: 'resend', parts: parts.map(({ position, length }) => ({ position, length })) });
      },
      fill: (buffer) => {
        input.fill(buffer);
      },
      advance: this.#progress('reading back'),
    });
  }

  async #probeBehind(): Promise<void> {
    const { device, facts } = this.#place;
    const { flashId, image } = this.#request;
    try {
      await probeBehind(image.sizeBytes, device, facts.sizeBytes, flashId);
    } catch (error) {
      // Whoever finds it probes again.
      await this.#putBack(encodeMarker({ flashId }));
      throw error;
    }
  }

  async #addFiles({ startBytes }: Partition): Promise<void> {
    const { device } = this.#place;
    const fileSystem = { device: device.heldPath, startBytes, descriptor: device.descriptor, deviceName: device.path };
    await checkFileSystem(fileSystem);
    await writeFiles(fileSystem, this.#request.files);
    // Through the page cache: whether it is whole. That the files are on the card was read past it.
    await checkFileSystem(fileSystem);
    await device.flush();
  }

  /** A reader stays the same device when another card is put into it. */
  async #requireSameMedium(): Promise<void> {
    const { device, facts } = this.#place;
    if ((await readDiskSequence(device.number)) === facts.diskSequence) return;
    throw new CardError({
      what: `The card in ${device.path} was taken out of the reader while it was being written.`,
      remedy: 'It has no boot record now. Put it back, and run it again; look at the card that is in the reader, too.',
    });
  }

  #finalFingerprint(imageHead: Buffer): Promise<string> {
    const { device, facts } = this.#place;
    return fingerprintWith(imageHead, device, facts.sizeBytes);
  }

  async #makeBootable(imageHead: Buffer): Promise<void> {
    try {
      await this.#writeHead(imageHead);
    } catch (error) {
      await this.#putBack(this.#marker);
      throw error;
    }
  }

  /** What failed may have arrived nevertheless. On a card that fails altogether there is nothing more to be done. */
  async #putBack(marker: Buffer): Promise<void> {
    const { device } = this.#place;
    const head = alignedBuffer(headBytes);
    marker.copy(head);
    await device
      .write(head, 0)
      .then(() => device.flush())
      .catch(() => undefined);
  }

  async #writeHead(imageHead: Buffer): Promise<void> {
    const { device } = this.#place;
    const head = alignedBuffer(headBytes);
    imageHead.copy(head);
    await device.write(head, 0);
    await device.flush();
    const found = alignedBuffer(headBytes);
    await device.read(found, 0);
    if (!found.equals(head)) throw worn(device, 0, ', its boot record');
  }

  #progress(phase: Phase): (doneBytes: number) => void {
    return progressOf(phase, this.#request.image.sizeBytes, this.#place.tell);
  }
}

/** Takes away the boot record and both partition tables of what was on the card, before anything else is written. */
async function makeUnbootable(device: ClaimedDevice, sizeBytes: number, marker: Buffer): Promise<void> {
  const start = alignedBuffer(chunkBytes).subarray(0, Math.min(chunkBytes, sizeBytes));
  marker.copy(start);
  await device.write(start, 0);
  const backupTable = 64 * 1024;
  const end = Math.floor(sizeBytes / headBytes) * headBytes - backupTable;
  if (end > chunkBytes) await device.write(alignedBuffer(backupTable), end);
  await device.flush();
}

function rootBehindHead(head: Buffer, imageSizeBytes: number): Partition {
  const root = rootPartition(head, imageSizeBytes);
  if (isBehindHead(root)) return root;
  throw new CardError({
    what: `The root partition of the image begins at byte ${String(root.startBytes)}, too close to its beginning.`,
  });
}

function longerThanAnnounced(sizeBytes: number): CardError {
  return new CardError({
    what: `The image is longer than the ${String(sizeBytes)} bytes that were announced for it.`,
    remedy: 'The image file changed after it was looked at. Run it again; the card was left without a boot record.',
  });
}
