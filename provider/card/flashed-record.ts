import { access, mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Notes that a card was written with an image on this machine, below `$XDG_STATE_HOME/pulumi-nixos-pi/flashed` (default
 * `~/.local/state/…`). Where no file can be written nothing is noted: no flash fails for that.
 */
export async function recordFlashed(imageSha256: string): Promise<void> {
  try {
    await mkdir(folder(), { recursive: true });
    await writeFile(join(folder(), imageSha256), '', { flag: 'a' });
  } catch {
    // Then a changed configuration builds its image, as before the first flash.
  }
}

/** True when a card was written with the image (SHA-256 of the decompressed image) on this machine, as far as it knows. */
export async function wasFlashed(imageSha256: string): Promise<boolean> {
  return access(join(folder(), imageSha256)).then(
    () => true,
    () => false,
  );
}

function folder(): string {
  return join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'pulumi-nixos-pi', 'flashed');
}
