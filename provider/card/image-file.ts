import { type Hash, createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readdir, rename, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Watch } from '../context.ts';
import { ProvisioningError, codeOf, messageOf } from '../errors.ts';
import { throughProgram } from '../process/through-program.ts';
import { emptyImage, openImage, readImage, saysMissing, zstdMissing } from './image-source.ts';
import { transferProgress } from './transfer-progress.ts';

/** What is known of an image file after it was read, or written, once from beginning to end. */
export interface ImageMeasures {
  /** What it takes on a card. */
  readonly sizeBytes: number;
  /** The size of the file. */
  readonly compressedSizeBytes: number;
  /** Of the decompressed image, hexadecimal. */
  readonly sha256: string;
  /** Of the file, hexadecimal; the same as `sha256` where it is not compressed. */
  readonly compressedSha256: string;
  readonly compressed: boolean;
}

/**
 * Reads an image (.img, or .img.zst) once, and proves with it that it is whole.
 *
 * @throws ProvisioningError when it cannot be read, is cut off, damaged, or empty.
 */
export async function inspectImage(path: string, { signal, progress }: Watch): Promise<ImageMeasures> {
  const image = await openImage(path);
  const file = new Counted();
  const content = new Counted();
  const advance = transferProgress('checking the image', image.fileBytes, progress);
  const read = readImage(image, signal, (piece) => {
    if (image.compressed) file.add(piece);
    else file.bytes += piece.length;
    advance(file.bytes);
  });
  for await (const piece of read) content.add(piece);
  if (content.bytes === 0) throw emptyImage(path);
  return measuresOf(content, image.compressed ? file : content, image.compressed);
}

/**
 * Compresses an image with all cores, with the exact size in the frame header. It is read once, and the target appears whole
 * or not at all. Returns what is in the target.
 *
 * Node's own zstd cannot use several threads, so the `zstd` program does it, as it does in NixOS' own images.
 *
 * @throws ProvisioningError when the image cannot be read or is empty, or the target cannot be written.
 */
export async function compressImage(source: string, target: string, watch: Watch): Promise<ImageMeasures> {
  const unfinished = `${target}.${String(process.pid)}.${randomUUID()}.unfinished`;
  await removeAbandoned(target);
  try {
    const facts = await compressInto(unfinished, source, watch);
    await rename(unfinished, target);
    await flush(dirname(target));
    return facts;
  } finally {
    await rm(unfinished, { force: true });
  }
}

/** What processes left behind that were killed; others that compress the same image go on. */
async function removeAbandoned(target: string): Promise<void> {
  for (const name of await readdir(dirname(target))) {
    const pid = name.startsWith(`${basename(target)}.`) ? /\.(\d+)\.[^.]+\.unfinished$/.exec(name)?.[1] : undefined;
    if (pid !== undefined && !isRunning(Number(pid))) await rm(join(dirname(target), name), { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}

async function compressInto(path: string, source: string, { signal, progress }: Watch): Promise<ImageMeasures> {
  const { fileBytes } = await openImage(source);
  const threads = String(availableParallelism());
  const advance = transferProgress(`compressing the image with ${threads} threads`, fileBytes, progress);
  const content = new Counted();
  const file = new Counted();
  const args = ['-q', '-T0', '-3', '--check', `--stream-size=${String(fileBytes)}`, '--stdout'];
  const target = await open(path, 'w');
  try {
    for await (const piece of throughProgram('zstd', args, countedFile(source, content, advance, signal), signal)) {
      file.add(piece);
      await target.appendFile(piece);
    }
    await target.sync();
  } catch (error) {
    throw signal.aborted ? error : notCompressed(source, error);
  } finally {
    await target.close();
  }
  return measuresOf(content, file, true);
}

async function* countedFile(
  path: string,
  content: Counted,
  advance: (doneBytes: number) => void,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  for await (const piece of createReadStream(path, { highWaterMark: 1024 * 1024, signal })) {
    content.add(piece as Buffer);
    advance(content.bytes);
    yield piece as Buffer;
  }
}

/** Bytes that went by: how many, and their hash. */
class Counted {
  bytes = 0;
  readonly #hash: Hash = createHash('sha256');

  add(piece: Uint8Array): void {
    this.bytes += piece.length;
    this.#hash.update(piece);
  }

  sha256(): string {
    return this.#hash.copy().digest('hex');
  }
}

function measuresOf(content: Counted, file: Counted, compressed: boolean): ImageMeasures {
  return {
    sizeBytes: content.bytes,
    compressedSizeBytes: file.bytes,
    sha256: content.sha256(),
    compressedSha256: file.sha256(),
    compressed,
  };
}

function notCompressed(source: string, cause: unknown): ProvisioningError {
  const problem = cause instanceof ProvisioningError ? cause.problem : undefined;
  const original = problem?.original ?? messageOf(cause);
  if (saysMissing(original)) return zstdMissing(original, cause);
  return new ProvisioningError(
    {
      what: `The image ${source} could not be compressed.`,
      original: [problem?.what, original].filter(Boolean).join('\n'),
      remedy:
        'Is there room in the cache (`$XDG_CACHE_HOME`, else ~/.cache), and memory? Then run `pulumi up` again; nothing is left of this attempt.',
    },
    { cause },
  );
}

/** Directory entries are durable after this. */
async function flush(path: string): Promise<void> {
  const file = await open(path);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
