import { CardError } from './problem.ts';

/** The unit of a card image's partition table. Linux counts in a device's own sectors, so that one with others is no card for it. */
export const sectorBytes = 512;

/** A used entry of a master boot record. */
export interface Partition {
  /** 1 to 4, as in `mmcblk0p2`. */
  readonly number: number;
  /** The MBR's type byte, for example 0x0b (FAT32) or 0x83 (Linux). */
  readonly type: number;
  readonly bootable: boolean;
  readonly startBytes: number;
  readonly sizeBytes: number;
}

const linuxType = 0x83;
const firstEntry = 446;
const entryBytes = 16;

/** The used entries of the four; undefined when the first sector holds no boot record at all. */
export function parsePartitionTable(firstSector: Uint8Array): Partition[] | undefined {
  if (firstSector.length < sectorBytes) return undefined;
  const view = new DataView(firstSector.buffer, firstSector.byteOffset, sectorBytes);
  if (view.getUint16(510, true) !== 0xaa55) return undefined;
  return [1, 2, 3, 4]
    .map((number) => parseEntry(view, number))
    .filter((partition) => partition.type !== 0 && partition.sizeBytes > 0);
}

/**
 * What Linux takes for partitions though the sector may be that of a FAT, too: as soon as all four entries can be ones
 * (block/partitions/msdos.c).
 */
export function partitionsBesideFat(firstSector: Uint8Array): Partition[] {
  const statuses = [0, 1, 2, 3].map((index) => firstSector[firstEntry + index * entryBytes]);
  if (!statuses.every((status) => status === 0 || status === 0x80)) return [];
  return (parsePartitionTable(firstSector) ?? []).filter(({ startBytes }) => startBytes > 0);
}

function parseEntry(view: DataView, number: number): Partition {
  const at = firstEntry + (number - 1) * entryBytes;
  return {
    number,
    type: view.getUint8(at + 4),
    bootable: view.getUint8(at) === 0x80,
    startBytes: view.getUint32(at + 8, true) * sectorBytes,
    sizeBytes: view.getUint32(at + 12, true) * sectorBytes,
  };
}

/**
 * The partition that a card's Linux runs from: the one of type 0x83, or the bootable one where there are several.
 *
 * @throws CardError when the image is no card image, or its root partition cannot be told or does not fit.
 */
export function rootPartition(firstSector: Uint8Array, imageSizeBytes: number): Partition {
  const linux = (parsePartitionTable(firstSector) ?? []).filter((partition) => partition.type === linuxType);
  const root = linux.length > 1 ? linux.find((partition) => partition.bootable) : linux[0];
  if (root === undefined) throw noRoot(linux.length);
  if (root.startBytes + root.sizeBytes > imageSizeBytes) {
    throw new CardError({
      what: `The root partition of the image ends at byte ${String(root.startBytes + root.sizeBytes)}, but the image has only ${String(imageSizeBytes)} bytes.`,
      remedy: 'The image is cut off or damaged: build or download it again.',
    });
  }
  return root;
}

function noRoot(linuxPartitions: number): CardError {
  return new CardError({
    what:
      linuxPartitions === 0
        ? 'The image has no Linux partition (MBR type 0x83), so it is no NixOS card image.'
        : `The image has ${String(linuxPartitions)} Linux partitions and none of them is marked bootable, so its root partition cannot be told.`,
    remedy: 'Use an image of `config.system.build.images.sd-card` (ends in .img or .img.zst).',
  });
}
