import { closeSync, openSync, readSync } from 'node:fs';

export interface Partition {
  /** Where it begins, in bytes. */
  readonly offset: number;
  readonly sizeBytes: number;
}

const sectorBytes = 512;

/** The four primary partitions of a master boot record; undefined where the sector is none. Unused entries are left out. */
export function parsePartitionTable(sector: Uint8Array): Partition[] | undefined {
  const view = new DataView(sector.buffer, sector.byteOffset, sector.byteLength);
  if (sector.byteLength < sectorBytes || view.getUint16(510, true) !== 0xaa55) return undefined;
  const entries = [0, 1, 2, 3].map((index) => 446 + 16 * index);
  return entries
    .map((at) => ({
      offset: view.getUint32(at + 8, true) * sectorBytes,
      sizeBytes: view.getUint32(at + 12, true) * sectorBytes,
    }))
    .filter((partition) => partition.sizeBytes > 0);
}

/** Reads the partition table of a card's image or device; undefined when it has none. */
export function readPartitionTable(file: string): Partition[] | undefined {
  const sector = new Uint8Array(sectorBytes);
  const descriptor = openSync(file, 'r');
  try {
    readSync(descriptor, sector, 0, sectorBytes, 0);
  } finally {
    closeSync(descriptor);
  }
  return parsePartitionTable(sector);
}
