/** Bytes of a file system, from an offset in it; fewer at its end. */
export type ReadAt = (offset: number, length: number) => Promise<Buffer>;

const entryBytes = 32;

/**
 * True when the root directory of a FAT12, FAT16, FAT32 or exFAT file system surely has no file and no folder in it: a
 * camera's card looks like a new one from outside. The folder that Windows makes by itself does not count.
 *
 * Layouts: Microsoft's "FAT: General Overview of On-Disk Format" and "exFAT File System Specification".
 */
export async function hasNoFiles(type: 'fat' | 'exfat', read: ReadAt): Promise<boolean> {
  const boot = await read(0, 512);
  if (boot.length < 512) return false;
  const { offset, length } = type === 'exfat' ? exfatRoot(boot) : fatRoot(boot);
  if (length === 0 || length > 1024 * 1024 || !Number.isSafeInteger(offset) || offset < 0) return false;
  return isEmptyDirectory(await read(offset, length), type === 'exfat' ? isExfatFile : isFatFile);
}

interface Range {
  readonly offset: number;
  readonly length: number;
}

function fatRoot(boot: Buffer): Range {
  const sector = boot.readUInt16LE(11);
  const tablesStart = boot.readUInt16LE(14) * sector;
  const tables = boot.readUInt8(16);
  const entries = boot.readUInt16LE(17);
  const oldTableSectors = boot.readUInt16LE(22);
  if (oldTableSectors !== 0)
    return { offset: tablesStart + tables * oldTableSectors * sector, length: entries * entryBytes };
  const cluster = boot.readUInt8(13) * sector;
  const clustersStart = tablesStart + tables * boot.readUInt32LE(36) * sector;
  return { offset: clustersStart + (boot.readUInt32LE(44) - 2) * cluster, length: cluster };
}

function exfatRoot(boot: Buffer): Range {
  const sector = 2 ** boot.readUInt8(108);
  const cluster = sector * 2 ** boot.readUInt8(109);
  return {
    offset: boot.readUInt32LE(88) * sector + (boot.readUInt32LE(96) - 2) * cluster,
    length: Math.min(cluster, 1024 * 1024),
  };
}

/** A directory without its end mark goes on elsewhere, so it is not known to be empty. */
function isEmptyDirectory(directory: Buffer, isFile: (entry: Buffer) => boolean): boolean {
  for (let at = 0; at + entryBytes <= directory.length; at += entryBytes) {
    const entry = directory.subarray(at, at + entryBytes);
    if (entry.readUInt8(0) === 0) return true;
    if (isFile(entry)) return false;
  }
  return false;
}

function isFatFile(entry: Buffer): boolean {
  const deleted = entry.readUInt8(0) === 0xe5;
  const attributes = entry.readUInt8(11);
  const volumeLabelOrLongName = (attributes & 0x08) !== 0;
  // A person's `systembackup` gets the same short name, but not these attributes: directory, system, hidden.
  const windowsOwn = entry.toString('latin1', 0, 11) === 'SYSTEM~1   ' && (attributes & 0x16) === 0x16;
  return !deleted && !volumeLabelOrLongName && !windowsOwn;
}

function isExfatFile(entry: Buffer): boolean {
  return entry.readUInt8(0) === 0x85;
}
