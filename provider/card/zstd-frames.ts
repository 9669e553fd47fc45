import { Readable, pipeline } from 'node:stream';
import { createZstdDecompress } from 'node:zlib';
import { ByteReader } from './byte-reader.ts';
import { codeOf, ProvisioningError } from '../errors.ts';

/**
 * Decompresses a .zst file as the `zstd` program does: all frames of it, and nothing else may follow. Node's own decoder
 * stops after the first frame and takes whatever follows for the end, so the frames are told apart here.
 *
 * Frame layout: RFC 8878, section 3.1.
 *
 * @throws ProvisioningError when the file is empty, cut off, damaged, not zstd, or has something else at its end.
 */
export async function* decompressZstd(source: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer> {
  const reader = new ByteReader(source, () => damaged(name, 'is cut off'));
  try {
    if (await reader.atEnd()) throw damaged(name, 'is empty');
    for (let frame = 1; !(await reader.atEnd()); frame += 1) {
      const magic = await reader.take(4);
      const kind = kindOf(magic.readUInt32LE(0));
      if (kind === 'other')
        throw damaged(name, frame === 1 ? 'is not compressed with zstd' : 'has something else after its end');
      if (kind === 'skippable') await skip(reader);
      else yield* decompressFrame(reader, magic, name);
    }
  } finally {
    await reader.close();
  }
}

/** True when a file starts as zstd files do. */
export function startsLikeZstd(head: Buffer): boolean {
  return head.length >= 4 && kindOf(head.readUInt32LE(0)) !== 'other';
}

function kindOf(magic: number): 'data' | 'skippable' | 'other' {
  if (magic === 0xfd2fb528) return 'data';
  return magic >>> 4 === 0x184d2a5 ? 'skippable' : 'other';
}

async function skip(reader: ByteReader): Promise<void> {
  const size = (await reader.take(4)).readUInt32LE(0);
  for (let left = size; left > 0; left -= 65_536) await reader.take(Math.min(left, 65_536));
}

async function* decompressFrame(reader: ByteReader, magic: Buffer, name: string): AsyncGenerator<Buffer> {
  const decoder = createZstdDecompress({ chunkSize: 1024 * 1024 });
  pipeline(Readable.from(frameBytes(reader, magic, name)), decoder, () => undefined);
  try {
    for await (const piece of decoder) yield piece as Buffer;
  } catch (error) {
    if (/^(ZSTD_|Z_)/.test(codeOf(error) ?? '')) throw damaged(name, 'is damaged', error);
    throw error;
  }
}

async function* frameBytes(reader: ByteReader, magic: Buffer, name: string): AsyncGenerator<Buffer> {
  const descriptor = (await reader.take(1)).readUInt8(0);
  yield Buffer.concat([magic, Buffer.of(descriptor), await reader.take(headerRestBytes(descriptor))]);
  for (let last = false; !last;) {
    const header = await reader.take(3);
    const bits = header.readUIntLE(0, 3);
    last = (bits & 1) === 1;
    const type = (bits >> 1) & 3;
    if (type === 3) throw damaged(name, 'is damaged');
    const repeatsOneByte = type === 1;
    yield Buffer.concat([header, await reader.take(repeatsOneByte ? 1 : bits >> 3)]);
  }
  const hasChecksum = (descriptor & 4) !== 0;
  if (hasChecksum) yield await reader.take(4);
}

/** What follows the descriptor byte: window, dictionary id and content size. */
function headerRestBytes(descriptor: number): number {
  const singleSegment = (descriptor & 0x20) !== 0;
  const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const contentSize = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  return (singleSegment ? 0 : 1) + dictionary + contentSize;
}

function damaged(name: string, how: string, cause?: unknown): ProvisioningError {
  return new ProvisioningError(
    {
      what: `The image ${name} ${how}.`,
      remedy: `Build or download it again; \`zstd -t ${name}\` should find nothing wrong with it.`,
    },
    { cause },
  );
}
