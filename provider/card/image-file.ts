import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { ProvisioningError, messageOf } from '../errors.ts';
import { runTool } from './system-tool.ts';
import { type Advance, transferProgress } from './transfer-progress.ts';
import { decompressZstd, startsLikeZstd } from './zstd-frames.ts';

/** What is known of an image file after it was read once from beginning to end. */
export interface ImageFacts {
  /** What it takes on a card. */
  readonly sizeBytes: number;
  /** The size of the file. */
  readonly compressedSizeBytes: number;
  /** Of the decompressed image, hexadecimal. */
  readonly sha256: string;
  readonly compressed: boolean;
}

export interface Watch {
  /** Ends the work when aborted. */
  readonly signal: AbortSignal;
  readonly progress: (message: string) => void;
}

const readBytes = 1024 * 1024;

/**
 * Reads an image (.img, or .img.zst) once, and proves with it that it is whole.
 *
 * @throws ProvisioningError when it cannot be read, is cut off, damaged, or empty.
 */
export async function inspectImage(path: string, { signal, progress }: Watch): Promise<ImageFacts> {
  const { compressed, fileBytes } = await lookAt(path);
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const advance = transferProgress('checking the image', fileBytes, progress);
  for await (const piece of imageBytes(path, compressed, signal, advance)) {
    hash.update(piece);
    sizeBytes += piece.length;
  }
  if (sizeBytes === 0)
    throw new ProvisioningError({ what: `The image ${path} is empty.`, remedy: 'Build or download it again.' });
  return { sizeBytes, compressedSizeBytes: fileBytes, sha256: hash.digest('hex'), compressed };
}

/** The decompressed bytes of an image, in pieces. Errors name the image. */
export async function* readImage(path: string, signal: AbortSignal): AsyncGenerator<Buffer> {
  yield* imageBytes(path, (await lookAt(path)).compressed, signal);
}

/**
 * Compresses an image with all cores, with the exact size in the frame header. The target appears whole or not at all.
 * Returns what is in the target, from reading it.
 *
 * Node's own zstd cannot use several threads, so the `zstd` program does it, as it does in NixOS' own images.
 */
export async function compressImage(source: string, target: string, watch: Watch): Promise<ImageFacts> {
  const unfinished = `${target}.${String(process.pid)}.unfinished`;
  watch.progress(`compressing the image with ${String(availableParallelism())} threads`);
  try {
    await runTool('zstd', ['-q', '-T0', '-3', '--check', '--force', '-o', unfinished, '--', source], {
      signal: watch.signal,
    });
    const facts = await inspectImage(unfinished, watch);
    await flush(unfinished);
    await rename(unfinished, target);
    await flush(dirname(target));
    return facts;
  } finally {
    await rm(unfinished, { force: true });
  }
}

async function* imageBytes(
  path: string,
  compressed: boolean,
  signal: AbortSignal,
  advance?: Advance,
): AsyncGenerator<Buffer> {
  const file = counted(createReadStream(path, { highWaterMark: readBytes, signal }), advance);
  yield* compressed ? decompressZstd(file, path) : file;
}

async function* counted(pieces: AsyncIterable<Buffer>, advance: Advance = () => undefined): AsyncGenerator<Buffer> {
  let done = 0;
  for await (const piece of pieces) {
    yield piece;
    advance((done += piece.length));
  }
}

async function lookAt(path: string): Promise<{ compressed: boolean; fileBytes: number }> {
  const { head, fileBytes } = await readHead(path);
  if (startsLikeZstd(head)) return { compressed: true, fileBytes };
  if (path.endsWith('.img')) return { compressed: false, fileBytes };
  throw new ProvisioningError({
    what: fileBytes === 0 ? `The image ${path} is empty.` : `The image ${path} is neither a zstd file nor named .img.`,
    remedy: 'Give an image that ends in .img or .img.zst, as NixOS builds them; unpack other formats first.',
  });
}

async function readHead(path: string): Promise<{ head: Buffer; fileBytes: number }> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
      return { head: buffer.subarray(0, bytesRead), fileBytes: (await file.stat()).size };
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new ProvisioningError(
      {
        what: `The image ${path} cannot be read.`,
        original: messageOf(error),
        remedy:
          'It was built on another machine, or collected here. Build it again: `pulumi up --replace URN` with the URN of the SdImage (`pulumi stack --show-urns`).',
      },
      { cause: error },
    );
  }
}

async function flush(path: string): Promise<void> {
  const file = await open(path);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
