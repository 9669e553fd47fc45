/** What the first bytes of a file, or of what follows in it, say about it (RFC 8878, section 3.1). */
export type ZstdHeader =
  | {
      readonly kind: 'frame';
      /** How many bytes it decompresses to, where it says so. */
      readonly contentBytes?: number;
    }
  | {
      readonly kind: 'skippable';
      /** Header included. */
      readonly frameBytes: number;
    }
  | { readonly kind: 'other' };

/** As many bytes as any header has. */
export const zstdHeaderBytes = 18;

const frameMagic = 0xfd2fb528;
const skippableMagic = 0x184d2a5;

/** @param head the beginning of a file; may be shorter than a header where the file is. */
export function parseZstdHeader(head: Buffer): ZstdHeader {
  if (head.length < 4) return { kind: 'other' };
  const magic = head.readUInt32LE(0);
  if (magic >>> 4 === skippableMagic)
    return { kind: 'skippable', frameBytes: 8 + (head.length < 8 ? 0 : head.readUInt32LE(4)) };
  if (magic !== frameMagic) return { kind: 'other' };
  const contentBytes = contentSize(head);
  return { kind: 'frame', ...(contentBytes !== undefined && { contentBytes }) };
}

function contentSize(head: Buffer): number | undefined {
  const descriptor = head.length < 5 ? 0 : head.readUInt8(4);
  const singleSegment = (descriptor & 0x20) !== 0;
  const windowBytes = singleSegment ? 0 : 1;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const at = 5 + windowBytes + dictionaryBytes;
  const length = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  if (length === 0 || head.length < at + length) return undefined;
  // Two bytes begin where one byte ends.
  if (length === 2) return head.readUInt16LE(at) + 256;
  return length === 8 ? Number(head.readBigUInt64LE(at)) : head.readUIntLE(at, length);
}
