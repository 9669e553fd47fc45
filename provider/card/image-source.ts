import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { ProvisioningError, messageOf } from '../errors.ts';
import { pipeThrough } from '../process/fed-process.ts';
import { throughProgram } from '../process/through-program.ts';
import { parseZstdHeader, zstdHeaderBytes } from './zstd-header.ts';

/** An image file, and how its decompressed bytes are had. The one place that knows what may be an image. */
export interface ImageSource {
  readonly path: string;
  readonly compressed: boolean;
  /** The size of the file. */
  readonly fileBytes: number;
  /** How much the image takes on a card, where the file says so. Of several frames only the first counts: it takes more. */
  readonly announcedBytes?: number;
}

const readBytes = 1024 * 1024;
const decompress = ['--decompress', '--stdout', '--quiet'] as const;

/**
 * Looks at an image's first bytes.
 *
 * @param expectedBytes what it has to take on a card; default: anything.
 * @throws ProvisioningError when it cannot be read, is empty, is neither `.img.zst` nor `.img`, or announces more than that.
 */
export async function openImage(path: string, expectedBytes = Infinity): Promise<ImageSource> {
  const { fileBytes, compressed, announcedBytes } = await lookAt(path);
  if (fileBytes === 0) throw emptyImage(path);
  if (!compressed && !path.endsWith('.img'))
    throw new ProvisioningError({
      what: `The image ${path} is neither a zstd file nor named .img.`,
      remedy: 'Give an image that ends in .img or .img.zst, as NixOS builds them; unpack other formats first.',
    });
  if (announcedBytes !== undefined && announcedBytes > expectedBytes)
    throw new ProvisioningError({
      what: `The image ${path} takes ${String(announcedBytes)} bytes on a card, not ${String(expectedBytes)}: it is another image than the one that was looked at.`,
      remedy: 'Nothing was written. Build or download it again and run `pulumi up` again.',
    });
  return {
    path,
    compressed,
    fileBytes,
    ...(announcedBytes !== undefined && { announcedBytes }),
  };
}

/**
 * The decompressed bytes of an image, in pieces.
 *
 * @param onFileBytes is given each piece of the file as it is read.
 * @throws ProvisioningError when the file is cut off, damaged, or has something else after its end.
 */
export async function* readImage(
  image: ImageSource,
  signal: AbortSignal,
  onFileBytes: (piece: Buffer) => void = () => undefined,
): AsyncGenerator<Buffer> {
  const file = fileBytes(image.path, signal, onFileBytes);
  if (!image.compressed) {
    yield* file;
    return;
  }
  try {
    yield* throughProgram('zstd', decompress, file, signal);
  } catch (error) {
    throw error instanceof ProvisioningError && !(error instanceof Explained) ? unsound(image, error) : error;
  }
}

/**
 * Sends the decompressed bytes of an image to another process, directly from `zstd`; beside it the file's SHA-256 is worked out,
 * so that neither waits for the other.
 *
 * @param fileSha256 of the file, hexadecimal. Whoever knows it knows what was sent: zstd checks what it makes of a file itself.
 * @throws ProvisioningError when it is another file, or is changed meanwhile, or `zstd` finds it damaged.
 */
export async function sendImage(
  image: ImageSource,
  target: Writable,
  { fileSha256, signal }: { readonly fileSha256?: string; readonly signal: AbortSignal },
): Promise<void> {
  const source = await open(image.path).catch((error: unknown) => {
    throw unreadable(image.path, error);
  });
  const over = new AbortController();
  try {
    const before = await source.stat({ bigint: true });
    const hash = fileSha256 === undefined ? undefined : hashOf(source, AbortSignal.any([signal, over.signal]));
    hash?.catch(() => undefined);
    const [file, args] = image.compressed ? ['zstd', decompress] : ['cat', []];
    await pipeThrough(file, args, { source, target, signal });
    const after = await source.stat({ bigint: true });
    const isSame = before.mtimeNs === after.mtimeNs && before.size === after.size;
    if (!isSame || (await hash) !== fileSha256) throw changedImage(image.path);
  } finally {
    over.abort();
    await source.close();
  }
}

/** Reads by position, so that whoever shares the descriptor goes on where it was. */
async function hashOf(source: FileHandle, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(readBytes);
  for (let position = 0; ;) {
    signal.throwIfAborted();
    const { bytesRead } = await source.read(buffer, 0, readBytes, position);
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
}

/** A failure that says by itself what is wrong with an image. */
class Explained extends ProvisioningError {}

async function* fileBytes(
  path: string,
  signal: AbortSignal,
  onFileBytes: (piece: Buffer) => void,
): AsyncGenerator<Buffer> {
  try {
    for await (const piece of createReadStream(path, { highWaterMark: readBytes, signal })) {
      onFileBytes(piece as Buffer);
      yield piece as Buffer;
    }
  } catch (error) {
    throw signal.aborted ? error : unreadable(path, error);
  }
}

export function emptyImage(path: string): ProvisioningError {
  return new ProvisioningError({ what: `The image ${path} is empty.`, remedy: 'Build or download it again.' });
}

export interface ImagePart {
  /** In bytes, in the decompressed image. */
  readonly position: number;
  readonly length: number;
}

/** Some parts of the decompressed image, which are in the order of their positions. */
export async function* partsOf(
  image: ImageSource,
  parts: readonly ImagePart[],
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const last = Math.max(...parts.map(({ position, length }) => position + length));
  let start = 0;
  for await (const piece of readImage(image, signal)) {
    for (const { position, length } of parts) {
      const from = Math.max(position - start, 0);
      const to = Math.min(position + length - start, piece.length);
      if (from < to) yield piece.subarray(from, to);
    }
    start += piece.length;
    if (start >= last) return;
  }
}

function changedImage(path: string): ProvisioningError {
  return new Explained({
    what: `The image ${path} is another one than was looked at, or is being changed: its SHA-256 is not the one that was told.`,
    remedy: 'Wait until it is built, or downloaded, and run `pulumi up` again.',
  });
}

/** What `zstd` (1.4.8 to 1.5.7) says of a file that it cannot decompress, and what it means. */
const damages: readonly (readonly [said: RegExp, how: string, remedy?: string])[] = [
  [/premature end|unexpected end of file/, 'is cut off'],
  [/unsupported format|unknown header/, 'has something else after its end'],
  [
    /too much memory|Window size larger than maximum/,
    'was compressed with a window that zstd does not take without being told',
    'Compress it again without `--long` and `--ultra`: `zstd --decompress --long=31`, then `zstd -3`.',
  ],
  [/Decoding error|checksum|[Cc]orrupt/, 'is damaged'],
];

/** Says that an image is at fault that was being written to a card; `reason` is what its program said. */
export function damagedImage(image: ImageSource, reason: unknown): ProvisioningError {
  const { problem } = reason instanceof Explained ? reason : unsound(image, reason);
  const remedy = [problem.remedy, 'If the card was being written, it has no boot record now.']
    .filter(Boolean)
    .join(' ');
  return new ProvisioningError({ ...problem, remedy }, { cause: reason });
}

function unsound({ path }: ImageSource, reason: unknown): ProvisioningError {
  const problem = reason instanceof ProvisioningError ? reason.problem : undefined;
  const original = problem?.original ?? (problem ? '' : messageOf(reason));
  if (saysMissing(original)) return zstdMissing(original, reason);
  const ended = /^\S+ was ended by \S+(?=\.$)/.exec(problem?.what ?? '')?.[0];
  if (ended !== undefined)
    return new ProvisioningError(
      {
        what: `${ended} while it read the image ${path}.`,
        original,
        remedy: 'Was there too little memory (`dmesg` tells)? Run `pulumi up` again.',
      },
      { cause: reason },
    );
  const found = damages.find(([said]) => said.test(original));
  return new ProvisioningError(
    {
      what: `The image ${path} ${found?.[1] ?? 'is damaged, cut off, or has something else after its end'}.`,
      original,
      remedy: found?.[2] ?? 'Build or download it again; `zstd --test` should find nothing wrong with it.',
    },
    { cause: reason },
  );
}

/** What is said where a program cannot be started because it is not there. */
export function saysMissing(original: string): boolean {
  return /\bspawn \S+ ENOENT|command not found/.test(original);
}

export function zstdMissing(original: string, cause: unknown): ProvisioningError {
  return new ProvisioningError(
    {
      what: 'The program zstd is not installed.',
      original,
      remedy: 'It is in the package zstd of every distribution, and in nixpkgs.',
    },
    { cause },
  );
}

type Looked = Pick<ImageSource, 'compressed' | 'fileBytes' | 'announcedBytes'>;

async function lookAt(path: string): Promise<Looked> {
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      return await lookInto(file, size);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): Explained {
  return new Explained(
    {
      what: `The image ${path} cannot be read.`,
      original: messageOf(cause),
      remedy:
        'One that was built was collected, or built on another machine: `pulumi up --replace URN` with the URN of the SdImage (`pulumi stack --show-urns`) builds it again. An `imageFile` has to be where that says: correct it, or download it again.',
    },
    { cause },
  );
}

async function lookInto(file: FileHandle, fileBytes: number): Promise<Looked> {
  const head = await readAt(file, 0);
  let header = parseZstdHeader(head);
  const compressed = header.kind !== 'other';
  if (!compressed) return { compressed, fileBytes, announcedBytes: fileBytes };
  // Programs that add such frames add one; a file of nothing else is not looked through.
  for (let at = 0, skipped = 0; header.kind === 'skippable' && skipped < 8; skipped += 1) {
    at += header.frameBytes;
    header = parseZstdHeader(await readAt(file, at));
  }
  const announcedBytes = header.kind === 'frame' ? header.contentBytes : undefined;
  return { compressed, fileBytes, ...(announcedBytes !== undefined && { announcedBytes }) };
}

async function readAt(file: FileHandle, position: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(zstdHeaderBytes), 0, zstdHeaderBytes, position);
  return buffer.subarray(0, bytesRead);
}
