/** A file or folder of a system that its boot loader copies to /boot. */
export interface BootFile {
  /** The store path that it is in, without /nix/store/. The boot loaders of NixOS begin the copy's name with it. */
  readonly name: string;
  readonly bytes: number;
}

/** Prints, for a system as `$1`, the size in KiB and the place of what a boot loader copies. Blocks count, not bytes: that is what is taken. */
export const bootFilesScript = `
for part in kernel initrd dtbs; do
  file=$(readlink -f "$1/$part") && [ -e "$file" ] && du -skL "$file"
done
exit 0
`;

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
