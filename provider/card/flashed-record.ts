import { createHash } from 'node:crypto';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inStateFolder } from '../values/user-folders.ts';

/** What a card was written with, and for which flash. */
export interface Flashed {
  /** Of the decompressed image. */
  readonly imageSha256: string;
  /** What asked for the flash; undefined for the first one. */
  readonly generation?: string | number | undefined;
}

/**
 * Notes that a stack had a card written with an image on this machine, below `$XDG_STATE_HOME/pulumi-nixos-pi/flashed-images` (default
 * `~/.local/state/…`). Where no file can be written nothing is noted: no flash fails for that.
 *
 * @param urn of any resource of the stack.
 */
export async function recordFlashed(urn: string | undefined, { imageSha256, generation }: Flashed): Promise<void> {
  try {
    await mkdir(folder(), { recursive: true });
    // An image may have been made without a generation for a card with one.
    for (const each of new Set([generation, undefined]))
      await writeFile(noteOf(urn, { imageSha256, generation: each }), '', { flag: 'a' });
  } catch {
    // Then a changed configuration builds its image, as before the first flash.
  }
}

/**
 * True when the stack had a card written with the image on this machine, as far as it knows. Other stacks that share an image
 * count for themselves.
 */
export async function wasFlashed(urn: string | undefined, flashed: Flashed): Promise<boolean> {
  return access(noteOf(urn, flashed)).then(
    () => true,
    () => false,
  );
}

function noteOf(urn = '', { imageSha256, generation }: Flashed): string {
  const [stack, project] = urn.split('::');
  const what = JSON.stringify([stack, project, imageSha256, generation === undefined ? '' : String(generation)]);
  return join(folder(), createHash('sha256').update(what).digest('hex').slice(0, 32));
}

function folder(): string {
  return inStateFolder('flashed-images');
}
