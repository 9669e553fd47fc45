import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { defaultEntry } from './extlinux.ts';
import type { BootEntry } from './extlinux.ts';

const configuration = '/boot/extlinux/extlinux.conf';

/**
 * What U-Boot and NixOS' stage 1 do with a mounted card: choose the entry, find its files, make the root complete.
 *
 * @throws Error for a card that would not boot
 */
export function bootFromCard(root: string): BootEntry {
  const onCard = (file: string): string => path.join(root, file);
  if (!existsSync(onCard(configuration))) throw new Error(`the card has no ${configuration}`);
  const entry = defaultEntry(readFileSync(onCard(configuration), 'utf8'), path.dirname(configuration));
  for (const file of [entry.kernel, entry.initrd]) {
    if (!existsSync(onCard(file))) throw new Error(`entry "${entry.label}" names ${file}, which is not on the card`);
  }
  if (!isThere(onCard(entry.init)))
    throw new Error(`entry "${entry.label}" starts ${entry.init}, which is not on the card`);
  completeRoot(root);
  return entry;
}

/** A link into the store does not resolve from outside of the card's root, yet it is there. */
function isThere(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}

/** Mount points, and links to where the programs are: NixOS has neither of them in its images. */
function completeRoot(root: string): void {
  for (const name of ['dev', 'etc', 'proc', 'root', 'run', 'sys', 'usr', 'var'])
    mkdirSync(path.join(root, name), { recursive: true });
  mkdirSync(path.join(root, 'tmp'), { recursive: true });
  chmodSync(path.join(root, 'tmp'), 0o1777);
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    if (!isThere(path.join(root, name))) symlinkSync(`usr/${name}`, path.join(root, name));
  }
}
