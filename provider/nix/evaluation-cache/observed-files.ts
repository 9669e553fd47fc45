import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, readlink, realpath, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Mention, mentionsIn } from './source-rules.ts';
import { tokensOf } from './tokens.ts';
import { Uncertain } from './uncertain.ts';

const mostFiles = 1000;
const mostBytes = 32 * 1024 * 1024;

/** What a path is an argument of, where that is known. */
type Use = 'import' | 'readFile';

/**
 * The state of everything that an evaluation may read of a user's files: what the configuration mentions, what that mentions,
 * and so on. The same states mean the same answer.
 */
export class ObservedFiles {
  /** What was found at each path; for the key. */
  readonly states = new Map<string, string>();
  /** What is looked up in Nix' search path, for example `nixpkgs/nixos`. */
  readonly lookups = new Set<string>();
  readonly #home: string;
  readonly #followed = new Set<string>();
  #bytes = 0;

  /** @param home what `~` stands for. */
  constructor(home: string) {
    this.#home = home;
  }

  /** Looks at a path and all that it mentions; a folder with all that is below it. */
  async follow(path: string, use?: Use): Promise<void> {
    const step = `${use ?? 'use unknown'} ${path}`;
    if (this.#followed.has(step)) return;
    this.#followed.add(step);
    this.states.set(path, await this.#look(path, use));
    if (this.#followed.size > mostFiles) throw new Uncertain('more files than are worth looking at');
  }

  async #look(path: string, use: Use | undefined): Promise<string> {
    const real = await realpath(path).catch(() => undefined);
    if (real === undefined) return `absent ${(await readlink(path).catch(() => undefined)) ?? ''}`;
    const { isFile, isFolder } = await kindOf(real);
    if (isFile) return await this.#file(path, real, use);
    // A disk, a socket: whether it is there is all that an evaluation can tell.
    if (!isFolder) return 'neither file nor folder';
    return path !== real && isBelow(real, '/nix/store') ? await folderOfStore(real) : await this.#folder(path, real);
  }

  async #folder(path: string, real: string): Promise<string> {
    if (['/', '/dev', '/proc', '/sys', '/run', '/nix'].some((big) => real === big))
      throw new Uncertain(`all of ${real}`);
    const names = (await readdir(real).catch(() => undefined))?.sort();
    if (names === undefined) return 'a folder that cannot be read';
    if (this.#followed.size + names.length > mostFiles) throw new Uncertain('more files than are worth looking at');
    for (const name of names) {
      const child = join(path, name);
      // Nix copies a link as it is, and a link may lead anywhere.
      if ((await lstat(child)).isSymbolicLink()) this.states.set(`link ${child}`, await readlink(child));
      await this.follow(child, name === 'default.nix' ? 'import' : undefined);
    }
    return `folder of ${JSON.stringify(names)}`;
  }

  async #file(path: string, real: string, use: Use | undefined): Promise<string> {
    const { size, mode } = await stat(real);
    this.#bytes += size;
    if (this.#bytes > mostBytes) throw new Uncertain('more data than is worth reading');
    const content = await readFile(real).catch(() => undefined);
    if (content === undefined) return `a file that cannot be read`;
    const text = content.toString('utf8');
    const hash = createHash('sha256').update(content).digest('hex');
    if (use === 'readFile' && text.trimStart().startsWith('/')) throw new Uncertain(`the path that is in ${path}`);
    if (use !== 'readFile' && (use === 'import' || path.endsWith('.nix') || looksLikeNix(text))) {
      // From which folder a link's relative paths start, Nix' versions do not agree.
      if (path !== real) throw new Uncertain(`${path} is reached through a link`);
      for (const mention of mentionsOf(text, hash, path)) await this.#followMention(mention, dirname(path));
    }
    return `file ${String(mode & 0o100)} ${hash}`;
  }

  async #followMention(mention: Mention, folder: string): Promise<void> {
    if (mention.kind === 'lookup') this.lookups.add(mention.text);
    else if (mention.kind === 'path') await this.follow(this.#resolved(mention.text, folder), mention.use);
    else if (isBelow(mention.text, '/nix/store')) throw new Uncertain('a store path by its name');
    else if (mention.kind === 'text') await this.follow(resolve(mention.text));
    else await this.#followName(resolve(mention.text));
  }

  /** An attribute's name is often a folder of the Pi, as in `fileSystems."/boot"`: what is in this machine's does not matter. */
  async #followName(path: string): Promise<void> {
    const { isFolder } = await kindOf(path).catch(() => ({ isFolder: false }));
    if (isFolder) this.states.set(`name ${path}`, 'folder');
    else await this.follow(path);
  }

  #resolved(text: string, folder: string): string {
    return text.startsWith('~/') ? join(this.#home, text.slice(2)) : resolve(folder, text);
  }
}

/** What is in it stays; but it may be a module, with mentions of its own. */
async function folderOfStore(real: string): Promise<string> {
  if ((await readdir(real)).includes('default.nix')) throw new Uncertain(`the module in ${real}`);
  return `immutable ${real}`;
}

// By the file's hash, since the configurations of a program share files.
const known = new Map<string, Mention[]>();

function mentionsOf(text: string, hash: string, path: string): Mention[] {
  try {
    const mentions = known.get(hash) ?? mentionsIn(tokensOf(text));
    known.set(hash, mentions);
    return mentions;
  } catch (error) {
    throw error instanceof Uncertain ? new Uncertain(`${error.message} (${path})`, { cause: error }) : error;
  }
}

/** Whether a file of another name than `*.nix` might be a Nix module: one begins as a function or a set does. */
function looksLikeNix(text: string): boolean {
  const begin = text.replace(/^(?:\s|#[^\n]*(?:\n|$)|\/\*[^]*?\*\/)*/, '').slice(0, 1000);
  return /^(?:[{(]|(?:rec|let|with|assert|if|import|builtins|map|removeAttrs|scopedImport|derivation\w*|fetch\w+|__\w+)\b|[A-Za-z_][\w'-]*\s*[:@])/.test(
    begin,
  );
}

async function kindOf(path: string): Promise<{ isFile: boolean; isFolder: boolean }> {
  const found = await stat(path);
  return { isFile: found.isFile(), isFolder: found.isDirectory() };
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
