import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import type { Context } from '../../../provider/context.ts';
import { type FlashedCardOutputs, flashedCard } from '../../../provider/handlers/flashed-card.ts';
import type { FlashedCardInputs } from '../../../provider/handlers/flashed-card-inputs.ts';
import { type FlashRequest, protocol } from '../../../card-writer/request.ts';
import { type CardToWrite, inspectCard } from '../../../provider/card/card-writer.ts';
import { readDeviceFacts } from '../../../card-writer/device-facts.ts';
import { inspectImage } from '../../../provider/card/image-file.ts';
import { run } from '../../../provider/process/run.ts';

/** As on a NixOS card, but with a smaller firmware partition. */
export const rootStartBytes = 10 * 1024 * 1024;
export const imageSizeBytes = 32 * 1024 * 1024;
export const hostKeyPath = '/etc/ssh/ssh_host_ed25519_key';
const mebibyte = 1024 * 1024;

/** A folder and the loop devices over files in it; `remove` ends exactly those. */
export class Workbench {
  readonly folder: string;
  readonly #loops: string[] = [];
  readonly #undo: (() => Promise<unknown>)[] = [];

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<Workbench> {
    return new Workbench(await mkdtemp(join(tmpdir(), 'card-')));
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Something to be undone when the loop devices are gone. */
  later(undo: () => Promise<unknown>): void {
    this.#undo.unshift(undo);
  }

  /** A loop device over a sparse file; over an existing one if it is there. */
  async card(name: string, sizeMebibytes: number, ...options: string[]): Promise<string> {
    await writeFile(this.path(name), '', { flag: 'a' });
    await truncate(this.path(name), sizeMebibytes * mebibyte);
    return this.attach(this.path(name), ...options);
  }

  /** Takes the card out of a loop device and puts another one in. */
  async exchange(device: string, name: string, sizeMebibytes: number): Promise<void> {
    await writeFile(this.path(name), '', { flag: 'a' });
    await truncate(this.path(name), sizeMebibytes * mebibyte);
    await run('losetup', ['--detach', device]);
    await run('losetup', [device, this.path(name)]);
  }

  /** A loop device over a file. */
  async attach(file: string, ...options: string[]): Promise<string> {
    const { stdout } = await run('losetup', ['--show', '--find', ...options, file]);
    this.#loops.push(stdout);
    return stdout;
  }

  async remove(): Promise<void> {
    for (const loop of this.#loops) await run('losetup', ['--detach', loop]);
    for (const undo of this.#undo) await undo();
    await rm(this.folder, { recursive: true });
  }
}

/** An image with the layout of a NixOS card, compressed. `content` makes one different from another. */
export async function makeImage(bench: Workbench, name = 'pi', content = 'NixOS'): Promise<string> {
  const image = bench.path(`${name}.img`);
  const tree = bench.path(`${name}.tree`);
  await mkdir(join(tree, 'boot/extlinux'), { recursive: true });
  await writeFile(join(tree, 'boot/extlinux/extlinux.conf'), 'DEFAULT nixos-default\n');
  await writeFile(join(tree, 'blob'), Buffer.alloc(5 * mebibyte, content));
  await writeFile(image, '');
  await truncate(image, imageSizeBytes);
  await run('sfdisk', ['--quiet', image], {
    stdin: 'label: dos\nlabel-id: 0x2178694e\nstart=8MiB,size=2MiB,type=b\nstart=10MiB,type=83,bootable\n',
  });
  await run('mkfs.ext4', ['-q', '-L', 'NIXOS_SD', '-d', tree, '-E', `offset=${String(rootStartBytes)}`, image, '22M']);
  await run('zstd', ['-q', '-f', image]);
  return `${image}.zst`;
}

export interface Recorder extends Context {
  readonly lines: string[];
}

/** A context that keeps what was said, and can be told to do something when it is. */
export function recorder(
  onProgress: (message: string) => void = () => undefined,
  signal = new AbortController().signal,
): Recorder {
  const lines: string[] = [];
  const keep = (line: string): void => void lines.push(line);
  const progress = (line: string): void => {
    keep(line);
    onProgress(line);
  };
  return { lines, log: { info: keep, warn: keep }, progress, signal, urn: undefined };
}

/** Inputs as a program gives them, for an image as SdImage describes it. */
export async function inputsFor(
  device: string,
  imagePath: string,
  more: Partial<FlashedCardInputs> = {},
): Promise<FlashedCardInputs> {
  const { sizeBytes, sha256, compressedSha256 } = await inspectImage(imagePath, recorder());
  const image = {
    imagePath,
    imageSha256: sha256,
    imageCompressedSha256: compressedSha256,
    imageSizeBytes: sizeBytes,
  };
  return flashedCard.schema.parse({ device, ...image, allow: ['loop'], ...more }) as FlashedCardInputs;
}

/** What the card writer gets for an empty card; its finishing is as a test wants it. */
export async function cardToWrite(
  device: string,
  image: string,
  beforeFinish: CardToWrite['beforeFinish'] = () => Promise.resolve(),
): Promise<CardToWrite> {
  const facts = await readDeviceFacts(device);
  const declared = { path: device, allow: ['loop'] as const, maximumSizeBytes: 300e9 };
  const { fingerprint } = await inspectCard(declared, facts);
  const { imagePath, imageSha256, imageSizeBytes, imageCompressedSha256 = '' } = await inputsFor(device, image);
  const request: FlashRequest = {
    ...{ protocol, action: 'flash', device: declared, flashId: randomUUID() },
    seen: { fingerprint, ...(facts.diskSequence !== undefined && { diskSequence: facts.diskSequence }) },
    image: { sizeBytes: imageSizeBytes, sha256: imageSha256 },
    ...{ verify: true, deviceZeroes: true, files: [] },
  };
  return { facts, request, imagePath, imageFileSha256: imageCompressedSha256, beforeFinish };
}

/** What the preview shows of a card that holds something, as its owner names it to have it erased. */
export async function fingerprintOf(device: string): Promise<string> {
  const declared = { path: device, allow: ['loop'] as const, maximumSizeBytes: 300e9 };
  return (await inspectCard(declared, await readDeviceFacts(device))).fingerprint;
}

export async function flashTo(
  device: string,
  imagePath: string,
  more: Partial<FlashedCardInputs> = {},
): Promise<FlashedCardOutputs> {
  return (await flashedCard.create(recorder(), await inputsFor(device, imagePath, more))).outputs;
}

/** A file on the root partition of a card or card file. */
export async function readFromRoot(device: string, path: string): Promise<string> {
  return (await run('debugfs', ['-R', `cat ${path}`, rootOf(device)])).stdout;
}

export async function statInRoot(device: string, path: string): Promise<string> {
  return (await run('debugfs', ['-R', `stat ${path}`, rootOf(device)])).stdout;
}

export function rootOf(device: string): string {
  return `${device}?offset=${String(rootStartBytes)}`;
}
