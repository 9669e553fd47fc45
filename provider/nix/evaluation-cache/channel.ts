import { access, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { FileConfiguration } from '../configuration.ts';
import { environmentOfNix } from './environment.ts';
import { installation } from './installation.ts';
import { ObservedFiles } from './observed-files.ts';
import { lookUp, mayHold, searchPath, type SearchPathEntry } from './search-path.ts';
import { StoreSources } from './store-sources.ts';
import { Uncertain } from './uncertain.ts';

/**
 * The state of everything that the evaluation of a file reads: the user's files, the search path, the environment, Nix itself.
 *
 * @throws Uncertain where it might read something else.
 */
export async function channelState(configuration: FileConfiguration): Promise<unknown> {
  const home = process.env['HOME'] ?? homedir();
  const files = new ObservedFiles(home);
  const [nix, { version, entries }] = await Promise.all([
    installation('nix-instantiate'),
    searchPath(configuration.nixPath),
    followUsersFiles(files, configuration.file, home),
  ]);
  await checkNixpkgs(entries);
  const roots = await followLookups(files, entries);
  return {
    configuration,
    directory: process.cwd(),
    environment: environmentOfNix(process.env),
    nix: [version, nix],
    searchPath: entries,
    roots,
    files: [...files.states].sort(([a], [b]) => (a < b ? -1 : 1)),
  };
}

/** The configuration, and what nixpkgs reads of a user's by itself (its pkgs/top-level/impure.nix). */
async function followUsersFiles(files: ObservedFiles, file: string, home: string): Promise<void> {
  await files.follow(file, 'import');
  await files.follow(join(home, '.config/nixpkgs'));
  await files.follow(join(home, '.nixpkgs'));
  const configured = process.env['NIXPKGS_CONFIG'];
  if (configured !== undefined && configured !== '') await files.follow(configured, 'import');
}

/** Of nixpkgs in the store it is known what it reads. */
async function checkNixpkgs(entries: readonly SearchPathEntry[]): Promise<void> {
  const nixpkgs = await lookUp(entries, 'nixpkgs');
  const parts = ['nixos/default.nix', 'lib/default.nix', 'pkgs/top-level'].map((part) => access(join(nixpkgs, part)));
  await Promise.all(parts).catch(() => {
    throw new Uncertain('nixpkgs that is none');
  });
}

/**
 * What the search path leads to is in the store; or it is a folder of the user's, which is looked at like the configuration.
 * Returns which entries matter.
 */
async function followLookups(files: ObservedFiles, entries: readonly SearchPathEntry[]): Promise<string[]> {
  const sources = new StoreSources();
  const followed = new Set<string>();
  const matter = new Set<string>();
  // nixpkgs looks these up itself.
  const names = () => ['nixpkgs/nixos', 'nixpkgs-overlays', ...files.lookups, ...sources.lookups];
  for (let open = names(); open.length > 0; open = names().filter((name) => !followed.has(name))) {
    for (const name of open) {
      followed.add(name);
      for (const entry of entries.filter(({ prefix }) => mayHold(prefix, name))) {
        matter.add(await followEntry(files, entry, name));
      }
      if (!isOfNixpkgs(name)) await sources.follow(await lookUp(entries, name));
    }
  }
  return [...matter].sort();
}

/** Of a folder of several only the one of this name matters. */
async function followEntry(files: ObservedFiles, { prefix, root }: SearchPathEntry, name: string): Promise<string> {
  if (root === undefined) return `${prefix} leads nowhere`;
  const place = prefix === '' ? join(root, name.split('/')[0] ?? '') : root;
  const real = await realpath(place).catch(() => undefined);
  if (real?.startsWith('/nix/store/') !== true) await files.follow(place, 'import');
  return `${place} is ${real ?? 'absent'}`;
}

function isOfNixpkgs(name: string): boolean {
  // The configuration itself has been followed, and shadows any other of this name.
  if (name.startsWith('nixos-config/')) throw new Uncertain('a file below the configuration');
  return name === 'nixos-config' || name === 'nixpkgs-overlays' || mayHold('nixpkgs', name);
}
