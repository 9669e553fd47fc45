import { randomUUID } from 'node:crypto';
import { type Partition, rootPartition } from './partition-table.ts';
import { type UnmountedExt4, checkFileSystem, writeFiles } from './ext4-files.ts';
import { type Written, differs, verifyImage, writeImage } from './write-image.ts';
import { encodeMarker, headBytes, isBehindHead } from './unfinished-marker.ts';
import { type DirectDevice, alignedBuffer, chunkBytes } from './direct-io.ts';
import { ProvisioningError } from '../errors.ts';
import { type Watch, readImage } from './image-file.ts';
import { generateHostKey } from './host-key.ts';
import { transferProgress } from './transfer-progress.ts';

export interface FlashRequest {
  /** Open for writing, for this process alone, and surely the right one. Stays open. */
  readonly device: DirectDevice;
  readonly deviceSizeBytes: number;
  /** .img.zst or .img */
  readonly imagePath: string;
  /** Of the decompressed image. */
  readonly imageSha256: string;
  readonly imageSizeBytes: number;
  /** Read everything back before the card is made bootable. */
  readonly verify: boolean;
}

export interface FlashResult {
  readonly flashId: string;
  readonly writtenBytes: number;
  readonly writtenSha256: string;
  /** `ssh-ed25519 AAAA…`: what the Pi will answer with at its first boot. */
  readonly hostPublicKey: string;
}

/**
 * Makes a bootable card: image, verification, SSH host key, and only then the boot record. Until that moment the card starts
 * with a marker, so that an interrupted one is never taken for a finished one.
 */
export async function flash(request: FlashRequest, watch: Watch): Promise<FlashResult> {
  const { device, imagePath, imageSizeBytes } = request;
  const flashId = randomUUID();
  const marker = encodeMarker(flashId);
  const image = await startImage(readImage(imagePath, watch.signal), imagePath);
  const root = rootBehindHead(image.head, imageSizeBytes);

  await makeUnbootable(request, marker);
  const transfer = (what: string): Parameters<typeof writeImage>[2] => ({
    device,
    head: marker,
    signal: watch.signal,
    advance: transferProgress(`${what} ${device.path}`, imageSizeBytes, watch.progress),
  });
  const written = await writeImage(image.pieces, imageSizeBytes, transfer('writing'));
  requireImage(written, request);
  if (request.verify) await verifyImage(written, image.head, transfer('reading back'));

  const hostPublicKey = await installHostKey(
    { device: device.heldPath, startBytes: root.startBytes, signal: watch.signal },
    watch,
  );
  await device.flush();
  watch.signal.throwIfAborted();
  await makeBootable(device, image.head);
  return { flashId, writtenBytes: written.sizeBytes, writtenSha256: written.sha256, hostPublicKey };
}

/** The image's beginning, and all of its pieces: so that a file that is no card image fails before anything is written. */
async function startImage(
  pieces: AsyncGenerator<Buffer>,
  path: string,
): Promise<{ head: Buffer; pieces: AsyncIterable<Buffer> }> {
  const first: Buffer[] = [];
  while (Buffer.concat(first).length < headBytes) {
    const next = await pieces.next();
    if (next.done === true)
      throw new ProvisioningError({
        what: `The image ${path} is too short to be one.`,
        remedy: 'Build or download it again.',
      });
    first.push(next.value);
  }
  const head = alignedBuffer(headBytes);
  Buffer.concat(first).copy(head);
  return { head, pieces: chain(first, pieces) };
}

async function* chain(first: readonly Buffer[], rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield* first;
  yield* rest;
}

function rootBehindHead(head: Buffer, imageSizeBytes: number): Partition {
  const root = rootPartition(head, imageSizeBytes);
  if (isBehindHead(root)) return root;
  throw new ProvisioningError({
    what: `The root partition of the image begins at byte ${String(root.startBytes)}, too close to its beginning.`,
  });
}

/** Takes away the boot record and both partition tables of what was on the card, before anything else is written. */
async function makeUnbootable({ device, deviceSizeBytes }: FlashRequest, marker: Buffer): Promise<void> {
  const start = alignedBuffer(chunkBytes).subarray(0, Math.min(chunkBytes, deviceSizeBytes));
  marker.copy(start);
  await device.write(start, 0);
  const backupTable = 64 * 1024;
  const end = Math.floor(deviceSizeBytes / headBytes) * headBytes - backupTable;
  if (end > chunkBytes) await device.write(alignedBuffer(backupTable), end);
  await device.flush();
}

function requireImage({ sizeBytes, sha256 }: Written, { imagePath, imageSizeBytes, imageSha256 }: FlashRequest): void {
  if (sizeBytes === imageSizeBytes && sha256 === imageSha256) return;
  throw new ProvisioningError({
    what:
      sizeBytes === imageSizeBytes
        ? `The image ${imagePath} has the SHA-256 ${sha256}, not the announced ${imageSha256}.`
        : `The image ${imagePath} has ${String(sizeBytes)} bytes, not the announced ${String(imageSizeBytes)}.`,
    remedy: 'The image file changed after it was looked at. Run it again; the card was left without a boot record.',
  });
}

async function installHostKey(fileSystem: UnmountedExt4, { progress }: Watch): Promise<string> {
  progress('putting a new SSH host key on the card');
  await checkFileSystem(fileSystem);
  const { privateKey, publicKey } = generateHostKey();
  await writeFiles(fileSystem, [
    { path: '/etc/ssh/ssh_host_ed25519_key', mode: 0o600, text: privateKey },
    { path: '/etc/ssh/ssh_host_ed25519_key.pub', mode: 0o644, text: `${publicKey}\n` },
  ]);
  await checkFileSystem(fileSystem);
  return publicKey;
}

async function makeBootable(device: DirectDevice, imageHead: Buffer): Promise<void> {
  await device.write(imageHead, 0);
  await device.flush();
  const found = alignedBuffer(headBytes);
  await device.read(found, 0);
  if (!found.equals(imageHead)) throw differs(device, 0);
}
