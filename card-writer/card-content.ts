import { createHash } from 'node:crypto';
import { type ClaimedDevice, alignedBuffer, alignmentBytes, chunkBytes } from './claimed-device.ts';
import { type Partition, parsePartitionTable, partitionsBesideFat } from './partition-table.ts';
import { hasNoFiles, type ReadAt } from './fat-directory.ts';
import { megabytes } from './megabytes.ts';
import { runTool } from './system-tool.ts';
import { decodeMarker } from './unfinished-marker.ts';

/** What a card holds, as far as it matters for erasing it. */
export type CardContent =
  /** Nothing but zeros (or erased flash) where partition tables and file systems begin. */
  | { readonly kind: 'blank' }
  /** One FAT or exFAT file system without a file in it, as cards are sold. */
  | { readonly kind: 'factory' }
  /** A flash of ours that was interrupted; the image that it was of, where the marker says so. */
  | { readonly kind: 'unfinished'; readonly flashId: string; readonly imageSha256?: string }
  | { readonly kind: 'data'; readonly description: string };

/** What is on a card, and a value that is another one when something else is on it. */
export interface CardFindings {
  readonly content: CardContent;
  /** 16 hexadecimal digits. Covers the places where partition tables and file systems begin, and samples of the rest. */
  readonly fingerprint: string;
}

/** Looks at a card without changing it. Whatever is not surely empty is data. */
export async function readCardContent(device: ClaimedDevice, sizeBytes: number): Promise<CardFindings> {
  const head = await readPiece(device, 0, alignedBuffer(chunkBytes));
  const { fingerprint, isBlank } = await readSamples(device, sizeBytes, head);
  return { content: await contentOf(device, sizeBytes, { head, isBlank }), fingerprint };
}

/** The fingerprint that a card will have when its beginning is this. */
export async function fingerprintWith(beginning: Buffer, device: ClaimedDevice, sizeBytes: number): Promise<string> {
  const head = await readPiece(device, 0, alignedBuffer(chunkBytes));
  beginning.copy(head);
  return (await readSamples(device, sizeBytes, head)).fingerprint;
}

interface Samples {
  readonly fingerprint: string;
  readonly isBlank: boolean;
}

async function readSamples(device: ClaimedDevice, sizeBytes: number, head: Buffer): Promise<Samples> {
  const starts = (parsePartitionTable(head) ?? []).map(({ startBytes }) => startBytes);
  const places = [...starts.filter((start) => start < sizeBytes), ...evenly(sizeBytes)];
  const hash = createHash('sha256')
    .update(`${String(sizeBytes)}\n`)
    .update(head);
  const buffer = alignedBuffer(places.length * sampleBytes);
  const pieces = await Promise.all(
    places.map(async (place, index) =>
      // The beginning counts as it was given.
      place < head.length
        ? head.subarray(place, place + sampleBytes)
        : readPiece(device, place, buffer.subarray(index * sampleBytes, (index + 1) * sampleBytes)),
    ),
  );
  for (const piece of pieces) hash.update(piece);
  return { fingerprint: hash.digest('hex').slice(0, 16), isBlank: [head, ...pieces].every(isErased) };
}

const sampleCount = 64;
const sampleBytes = 64 * 1024;

/** Places all over a card, its very end (a backup of the partition table) among them. */
function evenly(sizeBytes: number): number[] {
  const last = Math.max(0, Math.floor((sizeBytes - sampleBytes) / alignmentBytes));
  return Array.from(
    { length: sampleCount + 1 },
    (_, index) => Math.floor((last * index) / sampleCount) * alignmentBytes,
  );
}

/** From an aligned position; as much as the device has. */
async function readPiece(device: ClaimedDevice, position: number, buffer: Buffer): Promise<Buffer> {
  const aligned = Math.floor(position / alignmentBytes) * alignmentBytes;
  return buffer.subarray(0, await device.read(buffer, aligned));
}

async function contentOf(
  device: ClaimedDevice,
  sizeBytes: number,
  { head, isBlank }: { readonly head: Buffer; readonly isBlank: boolean },
): Promise<CardContent> {
  const marker = decodeMarker(head);
  const whole = await probe(device, 0);
  // A volume may begin behind the first 4096 bytes, and leave the marker where it is.
  if (marker !== undefined && whole === undefined) return { kind: 'unfinished', ...marker };
  if (whole === undefined) return isBlank ? { kind: 'blank' } : unknownData;
  // Where a partition table was put into a FAT's first sector, blkid sees the FAT only, and Linux the partitions.
  const beside = partitionsBesideFat(head).filter(({ startBytes }) => startBytes < sizeBytes);
  if (whole.TYPE !== undefined && beside.length > 0) return partitionedContent(device, beside);
  if (whole.TYPE !== undefined) return fileSystemContent(device, whole, 0);
  const partitions = whole.PTTYPE === 'dos' ? parsePartitionTable(head) : undefined;
  return partitions === undefined ? unknownTable(whole.PTTYPE) : partitionedContent(device, partitions);
}

const unknownData: CardContent = {
  kind: 'data',
  description: 'data that is neither a partition table nor a known file system',
};

function unknownTable(type: string | undefined): CardContent {
  return { kind: 'data', description: `a partition table (${type ?? 'of an unknown type'})` };
}

function isErased(bytes: Buffer): boolean {
  return [0x00, 0xff].some((value) => bytes.equals(Buffer.alloc(bytes.length, value)));
}

async function partitionedContent(device: ClaimedDevice, partitions: readonly Partition[]): Promise<CardContent> {
  const found = await Promise.all(
    partitions.map(async (partition) => ({ partition, signs: await probe(device, partition.startBytes) })),
  );
  const [only] = found;
  if (found.length === 1 && only?.signs !== undefined) {
    const content = await fileSystemContent(device, only.signs, only.partition.startBytes);
    if (content.kind === 'factory') return content;
  }
  const names = found.map(
    ({ partition, signs }) => `${String(partition.number)}: ${describe(signs)}, ${megabytes(partition.sizeBytes)}`,
  );
  return {
    kind: 'data',
    description:
      names.length === 0 ? 'an empty partition table' : `${String(names.length)} partition(s) (${names.join('; ')})`,
  };
}

async function fileSystemContent(device: ClaimedDevice, signs: Signs, startBytes: number): Promise<CardContent> {
  const isFat = signs.TYPE === 'vfat' || signs.TYPE === 'exfat';
  if (isFat && (await hasNoFiles(signs.TYPE === 'exfat' ? 'exfat' : 'fat', readerAt(device, startBytes))))
    return { kind: 'factory' };
  return { kind: 'data', description: `a file system (${describe(signs)})` };
}

function describe(signs: Signs | undefined): string {
  if (signs === undefined) return 'nothing that is known';
  return [signs.TYPE ?? signs.PTTYPE, signs.LABEL && `"${signs.LABEL}"`].filter(Boolean).join(' ');
}

interface Signs {
  readonly TYPE?: string;
  readonly PTTYPE?: string;
  readonly LABEL?: string;
}

/** The signatures of file systems, volumes and partition tables at an offset, as blkid knows them; undefined for none. */
async function probe(device: ClaimedDevice, offset: number): Promise<Signs | undefined> {
  const nothingFound = 2;
  const ambivalent = 8;
  const args = ['--probe', '--output', 'export', '--offset', String(offset), device.heldPath];
  const { stdout, exitCode } = await runTool('blkid', args, { accept: [nothingFound, ambivalent] });
  if (exitCode === nothingFound) return undefined;
  if (exitCode === ambivalent) return { TYPE: 'several file systems at once' };
  return Object.fromEntries(stdout.trim().split('\n').map(splitOnce));
}

function splitOnce(line: string): [string, string] {
  const at = line.indexOf('=');
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
}

/** Reads any range, though the device takes only aligned ones. */
function readerAt(device: ClaimedDevice, startBytes: number): ReadAt {
  return async (offset, length) => {
    const from = Math.floor((startBytes + offset) / alignmentBytes) * alignmentBytes;
    const skip = startBytes + offset - from;
    const buffer = alignedBuffer(Math.ceil((skip + length) / alignmentBytes) * alignmentBytes);
    const read = await device.read(buffer, from);
    return buffer.subarray(skip, Math.min(skip + length, read));
  };
}
