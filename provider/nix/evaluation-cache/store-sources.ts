import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Token, tokensOf } from './tokens.ts';
import { Uncertain } from './uncertain.ts';

// What gives another answer at another time, whoever asks.
const impure: ReadonlySet<string> = new Set(
  `currentTime exec fetchClosure fetchFinalTree fetchGit fetchMercurial fetchTarball fetchTree getFlake importNative
   scopedImport storePath`.split(/\s+/),
);

/**
 * Modules in the store that are not nixpkgs' own, for example nixos-hardware. They never change, so only what they read
 * elsewhere matters: nothing may be downloaded, timed, or read from outside.
 */
export class StoreSources {
  /** What they look up in Nix' search path. */
  readonly lookups = new Set<string>();
  readonly #seen = new Set<string>();

  /** @throws Uncertain where a file may read something that is not in the store. */
  async follow(file: string): Promise<void> {
    const real = await realpath(file);
    if (!real.startsWith('/nix/store/')) throw new Uncertain(`${file} is not in the store`);
    const source = (await stat(real)).isDirectory() ? join(real, 'default.nix') : real;
    if (this.#seen.has(source) || !source.endsWith('.nix')) return;
    this.#seen.add(source);
    const { paths, lookups } = await mentionsIn(source);
    for (const lookup of lookups) this.lookups.add(lookup);
    for (const path of paths) await this.follow(path);
  }
}

/** What a file mentions: paths that are there, absolute, and what it looks up in Nix' search path. */
interface Mentions {
  readonly paths: readonly string[];
  readonly lookups: readonly string[];
}

// What is in the store stays as it is, for all configurations of a program.
const known = new Map<string, Promise<Mentions>>();

async function mentionsIn(source: string): Promise<Mentions> {
  const mentions = known.get(source) ?? readMentions(source);
  known.set(source, mentions);
  return await mentions;
}

async function readMentions(source: string): Promise<Mentions> {
  const text = await readFile(source, 'utf8').catch(() => undefined);
  if (text === undefined) return { paths: [], lookups: [] };
  const lookups: string[] = [];
  const reached = reachedBy(tokensOf(text), lookups);
  const paths = reached.map((path) => resolve(dirname(source), path));
  const outside = paths.find((path) => !path.startsWith('/nix/store/'));
  if (outside !== undefined) throw new Uncertain(`${outside} in a module of the store`);
  const found = await Promise.all(paths.map((path) => stat(path).catch(() => undefined)));
  return { paths: paths.filter((_path, index) => found[index] !== undefined), lookups };
}

function reachedBy(tokens: readonly Token[], lookups: string[]): string[] {
  return tokens.flatMap((token, index) => {
    const after = tokens[index + 1];
    if (token.kind === 'identifier') checkName(token.text, tokens[index - 2], after);
    if (token.kind === 'lookup') lookups.push(token.text);
    if (token.kind === 'dynamic') return reachedBy(token.tokens, lookups);
    if (token.kind === 'string')
      return token.parts.flatMap((part) => (typeof part === 'string' ? [] : reachedBy(part, lookups)));
    if (token.kind !== 'path') return [];
    if (/^[/~]/.test(token.text)) throw new Uncertain(`${token.text} in a module of the store`);
    return [token.text];
  });
}

function checkName(name: string, twoBefore: Token | undefined, after: Token | undefined): void {
  if (impure.has(name.replace(/^__/, ''))) throw new Uncertain(`${name} in a module of the store`);
  if (name === 'fetchurl' && twoBefore?.kind === 'identifier' && twoBefore.text === 'builtins') {
    throw new Uncertain('a download in a module of the store');
  }
  if (name === 'import' && after?.kind !== 'path' && after?.kind !== 'lookup') {
    throw new Uncertain('an import that cannot be followed in a module of the store');
  }
  const [text] = after?.kind === 'string' ? after.parts : [];
  if (/^(readFile|readDir|pathExists|readFileType)$/.test(name) && typeof text === 'string' && text.startsWith('/')) {
    throw new Uncertain(`${name} of ${text} in a module of the store`);
  }
}
