import { createCipheriv } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, rename, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../lab/run.ts';

const mebibyte = 1024 * 1024;

/** Of the decompressed image. */
export const imageSizeBytes = 2048 * mebibyte;

const rootStartMebibytes = 38;
const blocks = 19;
const blockBytes = 64 * mebibyte;

/**
 * A compressed image with the layout of a NixOS card, of which three fifths are data that compress as well, and unpack as fast,
 * as files of a Linux system. Made once, with the same data each time, and kept in the folder.
 */
export async function cachedImage(folder: string): Promise<string> {
  const image = path.join(folder, 'image.img');
  const finished = `${image}.zst`;
  if (existsSync(finished)) return finished;
  const tree = path.join(folder, 'tree');
  try {
    await mkdir(path.join(tree, 'boot/extlinux'), { recursive: true });
    await writeFile(path.join(tree, 'boot/extlinux/extlinux.conf'), 'DEFAULT nixos-default\n');
    await writeData(path.join(tree, 'store'));
    await makeCard(image, tree);
    // As NixOS does it: file to file, with the size in the frame's header.
    await run(['zstd', '--quiet', '--force', '-T0', '-3', image, '-o', `${finished}.unfinished`]);
    await rename(`${finished}.unfinished`, finished);
  } finally {
    await rm(tree, { recursive: true, force: true });
    await rm(image, { force: true });
  }
  return finished;
}

async function makeCard(image: string, tree: string): Promise<void> {
  await writeFile(image, '');
  await truncate(image, imageSizeBytes);
  const firmware = 'start=8MiB,size=30MiB,type=b';
  const root = `start=${String(rootStartMebibytes)}MiB,type=83,bootable`;
  await run(['sfdisk', '--quiet', image], { stdin: `label: dos\nlabel-id: 0x2178694e\n${firmware}\n${root}\n` });
  const offset = `offset=${String(rootStartMebibytes * mebibyte)}`;
  const size = `${String(imageSizeBytes / mebibyte - rootStartMebibytes)}M`;
  await run(['mkfs.ext4', '-q', '-L', 'NIXOS_SD', '-d', tree, '-E', offset, image, size]);
}

/** The same block many times: to zstd it is new each time, because it looks back only a few megabytes. */
async function writeData(file: string): Promise<void> {
  const block = systemLikeBlock();
  const handle = await open(file, 'w');
  try {
    for (let written = 0; written < blocks; written += 1) await handle.write(block);
  } finally {
    await handle.close();
  }
}

/** In each 64 KiB some that cannot be compressed, as in archives and pictures, and then words, as in programs and texts. */
function systemLikeBlock(): Buffer {
  const [wordBytes, wordCount, noiseBytes, stretchBytes] = [16, 4096, 16_384, 65_536];
  const words = pseudoRandom(wordCount * wordBytes, 1);
  const choice = pseudoRandom((blockBytes / wordBytes) * 2, 2);
  const block = pseudoRandom(blockBytes, 3);
  for (let at = 0; at < blockBytes; at += wordBytes) {
    if (at % stretchBytes < noiseBytes) continue;
    const word = choice.readUInt16LE((at / wordBytes) * 2) % wordCount;
    words.copy(block, at, word * wordBytes, (word + 1) * wordBytes);
  }
  return block;
}

function pseudoRandom(length: number, seed: number): Buffer {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16)).update(Buffer.alloc(length));
}
