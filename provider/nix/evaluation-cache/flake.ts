import { access, readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { run } from '../../process/run.ts';
import type { FlakeConfiguration } from '../configuration.ts';
import { changesForNix } from './environment.ts';
import { installation } from './installation.ts';
import { Uncertain } from './uncertain.ts';

const mostFiles = 2000;

const lock = z.looseObject({
  narHash: z.string().optional(),
  type: z.string().optional(),
  path: z.string().optional(),
});
const metadata = z.looseObject({
  locked: lock,
  locks: z.looseObject({ nodes: z.record(z.string(), z.looseObject({ locked: lock.optional() })), root: z.string() }),
});

/**
 * What a flake's evaluation reads, which is pure: the flake's tree and its locked inputs, each by its hash, and Nix itself.
 *
 * @throws Uncertain where something is not locked.
 */
export async function flakeState(configuration: FlakeConfiguration): Promise<unknown> {
  await checkSize(configuration.reference);
  const [nix, version, flake] = await Promise.all([
    installation('nix'),
    versionOfNix(),
    metadataOf(configuration.reference),
  ]);
  const { locked, locks } = metadata.parse(flake);
  if (locked.narHash === undefined) throw new Uncertain('a flake without a hash');
  for (const [name, node] of Object.entries(locks.nodes)) {
    if (name !== locks.root && !isLocked(node.locked)) throw new Uncertain(`the input ${name} is not locked`);
  }
  return { configuration, directory: process.cwd(), nix: [version, nix], flake };
}

let version: Promise<string> | undefined;

async function versionOfNix(): Promise<string> {
  version ??= run('nix', ['--version']).then(({ stdout }) => stdout);
  return await version;
}

async function metadataOf(reference: string): Promise<unknown> {
  const args = ['flake', 'metadata', '--extra-experimental-features', 'nix-command flakes', '--json'];
  // An evaluation would write the lock file; then the flake is another one.
  const { stdout } = await run('nix', [...args, '--no-update-lock-file', reference], {
    env: changesForNix(process.env),
  });
  return JSON.parse(stdout);
}

/** A relative path is part of the flake's own tree. */
function isLocked(locked: z.infer<typeof lock> | undefined): boolean {
  if (locked?.narHash !== undefined) return true;
  return locked?.type === 'path' && locked.path !== undefined && !/^[/~]/.test(locked.path);
}

/** A folder outside git is hashed with all that is in it: where that is much, one time is enough. */
async function checkSize(reference: string): Promise<void> {
  const folder = folderOf(reference);
  if (folder === undefined || (await isInGit(folder))) return;
  let count = 0;
  for (const open = [folder]; open.length > 0;) {
    const current = open.pop() ?? folder;
    for (const entry of await readdir(current, { withFileTypes: true })) {
      count += 1;
      if (count > mostFiles) throw new Uncertain('a folder with too many files');
      if (entry.isDirectory()) open.push(join(current, entry.name));
    }
  }
}

function folderOf(reference: string): string | undefined {
  const path = /^path:(?:\/\/)?([^?]*)/.exec(reference)?.[1] ?? /^([./~][^?]*)/.exec(reference)?.[1];
  return path === undefined ? undefined : resolve(decodeURIComponent(path));
}

async function isInGit(folder: string): Promise<boolean> {
  for (let current = folder; ; current = dirname(current)) {
    const found = await access(join(current, '.git')).then(
      () => true,
      () => false,
    );
    if (found) return true;
    if (current === dirname(current)) return false;
  }
}
