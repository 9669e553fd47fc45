import { createHash } from 'node:crypto';
import { access, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { run } from '../../process/run.ts';
import { readEntry, writeEntry } from './entries.ts';
import { defaultSearchPath } from './default-search-path.ts';
import { environmentOfNix, changesForNix } from './environment.ts';
import { wellKnownInstallation } from './installation.ts';
import { Uncertain } from './uncertain.ts';

/** An entry of Nix' search path: `nixpkgs=/channels/nixpkgs`, or a folder of several. */
export interface SearchPathEntry {
  /** Empty for a folder of several. */
  readonly prefix: string;
  /** As Nix was told, for example `/channels/nixpkgs`; or where it was downloaded to. */
  readonly path: string;
  /** Where it leads to, links followed; undefined where there is nothing. */
  readonly root: string | undefined;
}

const answer = z.object({
  version: z.string(),
  entries: z.array(z.object({ prefix: z.string(), path: z.string(), downloaded: z.boolean() })),
});

// What is downloaded is asked for as Nix itself would, so that it tells what an evaluation would use now.
const question = `let
  isUrl = path: builtins.match "(channel|flake):.*|[a-zA-Z][a-zA-Z0-9+.-]*://.*" path != null;
  entry = { prefix, path }: {
    inherit prefix;
    downloaded = isUrl path;
    path = if isUrl path then toString (builtins.findFile [ { prefix = "it"; inherit path; } ] "it") else path;
  };
in { version = builtins.nixVersion; entries = map entry builtins.nixPath; }`;

/** What Nix tells of itself. */
export interface SearchPath {
  /** Of Nix, for example `2.26.3`. */
  readonly version: string;
  readonly entries: readonly SearchPathEntry[];
}

/**
 * What Nix searches for `<…>`, in its order.
 *
 * @param nixPath entries before those of NIX_PATH and of Nix' settings.
 * @throws CommandError when an entry cannot be downloaded.
 */
export async function searchPath(nixPath: readonly string[]): Promise<SearchPath> {
  const defaults = await defaultSearchPath(process.env);
  const known = JSON.stringify([nixPath, defaults, process.cwd(), environmentOfNix(process.env)]);
  const asked = answers.get(known) ?? ask(nixPath, defaults);
  answers.set(known, asked);
  const { version, entries } = await asked;
  // What was downloaded may be downloaded again, when it is old enough.
  if (entries.some(({ downloaded }) => downloaded)) answers.delete(known);
  const found = entries.map(async ({ prefix, path }) => ({ prefix, path, root: await realPathOf(resolve(path)) }));
  return { version, entries: await Promise.all(found) };
}

type Answer = z.infer<typeof answer>;

const answers = new Map<string, Promise<Answer>>();

/** A Nix that cannot have changed is not asked again; unless it would have to look whether there is something to download. */
async function ask(nixPath: readonly string[], defaults: readonly string[]): Promise<Answer> {
  const nix = await wellKnownInstallation('nix-instantiate');
  if (nix === undefined) return await askNix(nixPath);
  const state = ['search path', nix, nixPath, defaults, environmentOfNix(process.env)];
  const key = createHash('sha256').update(JSON.stringify(state)).digest('hex');
  const known = await readEntry(key, answer);
  if (known !== undefined) return known.answer;
  const asked = await askNix(nixPath);
  if (!asked.entries.some(({ downloaded }) => downloaded)) await writeEntry(key, { answer: asked, warnings: [] });
  return asked;
}

async function askNix(nixPath: readonly string[]): Promise<Answer> {
  const args = ['--eval', '--strict', '--json', ...nixPath.flatMap((entry) => ['-I', entry]), '-E', question];
  return answer.parse(JSON.parse((await run('nix-instantiate', args, { env: changesForNix(process.env) })).stdout));
}

/** What `<name>` is, as Nix finds it: the first entry in which it is there. */
export async function lookUp(entries: readonly SearchPathEntry[], name: string): Promise<string> {
  for (const { prefix, root } of entries) {
    if (root === undefined || !mayHold(prefix, name)) continue;
    const file = join(root, prefix === '' ? name : name.slice(prefix.length));
    if (await exists(file)) return file;
  }
  throw new Uncertain(`<${name}> is nowhere`);
}

/** Whether `<name>` is searched for in entries with this prefix. */
export function mayHold(prefix: string, name: string): boolean {
  return prefix === '' || name === prefix || name.startsWith(`${prefix}/`);
}

async function realPathOf(path: string): Promise<string | undefined> {
  return await realpath(path).catch(() => undefined);
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
