import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LRUCache } from 'lru-cache';

/** A file or folder of a system that its boot loader copies to /boot. */
export interface BootFile {
  /** The store path that it is in, without /nix/store/. The boot loaders of NixOS begin the copy's name with it. */
  readonly name: string;
  readonly bytes: number;
}

// A store path may hold a `?`, but no blank.
/**
 * Prints, for a system as `$1`, the size in KiB and the place of what a boot loader copies. Blocks count, not bytes: that is what is
 * taken. All in two processes, or one by one where `readlink` takes a single name, as that of busybox.
 */
export const bootFilesScript = `
set -f
set -- "$1/kernel" "$1/initrd" "$1/dtbs"
files=$(readlink -f "$@" 2>/dev/null) || files=$(for part in "$@"; do readlink -f "$part" 2>/dev/null; done)
[ -z "$files" ] || du -skL $files 2>/dev/null
exit 0
`;

// What is in the store does not change, and most systems of a fleet have the same.
const measured = new LRUCache<string, Promise<number>>({ max: 1000 });

/** What a boot loader copies of a system that is in this machine's store: the same as the script tells, without a process. */
export async function localBootFiles(system: string): Promise<BootFile[]> {
  const files = await Promise.all(
    ['kernel', 'initrd', 'dtbs'].map((part) => realpath(join(system, part)).catch(() => '')),
  );
  const sized = files.map(async (file): Promise<BootFile[]> => {
    const [, name] = /^\/nix\/store\/([^/]+)/.exec(file) ?? [];
    return name === undefined ? [] : [{ name, bytes: await measure(file) }];
  });
  return (await Promise.all(sized)).flat();
}

function measure(file: string): Promise<number> {
  const known = measured.get(file) ?? takenBytes(file);
  measured.set(file, known);
  return known;
}

/** What a copy of a file or folder takes, in bytes: whole blocks, and for a link what it leads to; 0 for what is not there or cannot be read. */
export async function takenBytes(file: string): Promise<number> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) return 0;
  const entries = found.isDirectory() ? await readdir(file).catch(() => []) : [];
  const inside = await Promise.all(entries.map((entry) => takenBytes(join(file, entry))));
  // The unit of `blocks` is 512 bytes (stat(2)).
  return inside.reduce((sum, bytes) => sum + bytes, found.blocks * 512);
}

/** What the script printed. */
export function parseBootFiles(text: string): BootFile[] {
  return text.split('\n').flatMap((line) => {
    const match = /^(\d+)\s+\/nix\/store\/([^/]+)/.exec(line);
    return match === null ? [] : [{ name: match[2] ?? '', bytes: Number(match[1]) * 1024 }];
  });
}

/**
 * The files that /boot does not hold yet. extlinux names a copy `<hash>-<name>-<file>` in /boot/nixos, systemd-boot adds `.efi` in
 * /boot/EFI/nixos, GRUB copies to /boot/kernels.
 */
export function bootFilesNotIn(listing: readonly string[], files: readonly BootFile[]): BootFile[] {
  return files.filter(({ name }) => !listing.some((entry) => entry.startsWith(name)));
}
