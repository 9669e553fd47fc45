import { createHash } from 'node:crypto';
import { readlink, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { inStateFolder } from '../values/user-folders.ts';

/**
 * The link that keeps what a resource built from the garbage collector: one per resource, below
 * `$XDG_STATE_HOME/pulumi-nixos-pi/gcroots` (default `~/.local/state/…`), as Nix' own indirect roots.
 *
 * @param owner what tells this resource from all others of this checkout: its URN. Two checkouts may have a stack of the
 * same name, so the project's directory counts too.
 */
export function gcRootFor(owner: string, name: string): string {
  const digest = createHash('sha256').update(`${process.cwd()}\n${owner}`).digest('hex').slice(0, 16);
  return join(folder(), `${name}-${digest}`);
}

/** Whether a root from a state, which users of several machines may share, is one of this user's. */
export function isOwnGcRoot(gcRoot: string): boolean {
  return dirname(gcRoot) === folder();
}

function folder(): string {
  return inStateFolder('gcroots');
}

export async function removeGcRoot(gcRoot: string): Promise<void> {
  await rm(gcRoot, { force: true });
}

/** Does what makes a GC root. If that fails the root is as it was before: there is none, or it keeps what it kept. */
export async function makingGcRoot<T>(gcRoot: string, work: () => Promise<T>): Promise<T> {
  const before = await readlink(gcRoot).catch(() => undefined);
  try {
    return await work();
  } catch (error) {
    await removeGcRoot(gcRoot);
    if (before !== undefined) await symlink(before, gcRoot);
    throw error;
  }
}
