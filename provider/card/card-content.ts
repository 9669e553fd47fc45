import { type DirectDevice, alignedBuffer, alignmentBytes, chunkBytes } from './direct-io.ts';
import { type Partition, parsePartitionTable } from './partition-table.ts';
import { hasNoFiles, type ReadAt } from './fat-directory.ts';
import { runTool } from './system-tool.ts';
import { CommandError } from '../process/run.ts';
import { decodeMarker } from './unfinished-marker.ts';
import { megabytes } from './transfer-progress.ts';

/** What a card holds, as far as it matters for erasing it. */
export type CardContent =
  /** Nothing but zeros (or erased flash) where partition tables and file systems begin. */
  | { readonly kind: 'blank' }
  /** One FAT or exFAT file system without a file in it, as cards are sold. */
  | { readonly kind: 'factory' }
  /** A flash of ours that was interrupted. */
  | { readonly kind: 'unfinished'; readonly flashId: string }
  | { readonly kind: 'data'; readonly description: string };

/** Looks at a card without changing it. Whatever is not surely empty is data. */
export async function readCardContent(device: DirectDevice): Promise<CardContent> {
  const start = alignedBuffer(chunkBytes);
  const head = start.subarray(0, await device.read(start, 0));
  const flashId = decodeMarker(head);
  if (flashId !== undefined) return { kind: 'unfinished', flashId };

  const whole = await probe(device, 0);
  if (whole === undefined) return isErased(head) ? { kind: 'blank' } : unknownData;
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

async function partitionedContent(device: DirectDevice, partitions: readonly Partition[]): Promise<CardContent> {
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

async function fileSystemContent(device: DirectDevice, signs: Signs, startBytes: number): Promise<CardContent> {
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
async function probe(device: DirectDevice, offset: number): Promise<Signs | undefined> {
  try {
    const { stdout } = await runTool('blkid', [
      '--probe',
      '--output',
      'export',
      '--offset',
      String(offset),
      device.heldPath,
    ]);
    return Object.fromEntries(stdout.split('\n').map(splitOnce));
  } catch (error) {
    const nothingFound = 2;
    const ambivalent = 8;
    if (error instanceof CommandError && error.exitCode === nothingFound) return undefined;
    if (error instanceof CommandError && error.exitCode === ambivalent) return { TYPE: 'several file systems at once' };
    throw error;
  }
}

function splitOnce(line: string): [string, string] {
  const at = line.indexOf('=');
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
}

/** Reads any range, though the device takes only aligned ones. */
function readerAt(device: DirectDevice, startBytes: number): ReadAt {
  return async (offset, length) => {
    const from = Math.floor((startBytes + offset) / alignmentBytes) * alignmentBytes;
    const skip = startBytes + offset - from;
    const buffer = alignedBuffer(Math.ceil((skip + length) / alignmentBytes) * alignmentBytes);
    const read = await device.read(buffer, from);
    return buffer.subarray(skip, Math.min(skip + length, read));
  };
}
