import { access, constants, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { run } from '../../process/run.ts';
import { environmentOfNix, changesForNix } from './environment.ts';
import { Uncertain } from './uncertain.ts';

/**
 * Which Nix evaluates, and how it is set: its program, and the files and environment that its settings come from.
 *
 * @throws Uncertain when there is no such program.
 */
export async function installation(program: 'nix' | 'nix-instantiate'): Promise<unknown> {
  const files = await settingsFiles(process.env);
  const known = JSON.stringify([program, environmentOfNix(process.env), files]);
  const asked = answers.get(known) ?? ask(program);
  answers.set(known, asked);
  return [files, await asked];
}

// Asked once by a program for all of its configurations.
const answers = new Map<string, Promise<unknown>>();

async function ask(program: string): Promise<unknown> {
  const file = await findProgram(program);
  return [file, await Promise.all([identityOf(file), otherSettings(file)])];
}

/** A program in the store never changes; of another one, and of Nix' own libraries, the inode's change time tells. */
async function identityOf(program: string): Promise<readonly string[]> {
  if (isInStore(program)) return [];
  return await Promise.all([program, ...(await librariesOfNix())].sort().map(stateOf));
}

/** Nobody can set an inode's change time back. */
async function stateOf(file: string): Promise<string> {
  const { dev, ino, size, ctimeNs } = await stat(file, { bigint: true });
  return [file, dev, ino, size, ctimeNs].join(' ');
}

/** Debian's program holds them; other distributions have them as files. */
async function librariesOfNix(): Promise<string[]> {
  const triplets = (await namesIn('/usr/lib')).filter((name) => name.includes('-linux-gnu'));
  const folders = ['/usr/lib', '/usr/lib64', ...triplets.map((name) => join('/usr/lib', name))];
  const files = folders.map(async (folder) => {
    const names = (await namesIn(folder)).filter((name) => name.startsWith('libnix'));
    return names.map((name) => join(folder, name));
  });
  return (await Promise.all(files)).flat();
}

async function namesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch(() => []);
}

const shownSettings = z.record(z.string(), z.object({ value: z.unknown() }));

/** A Nix from nixpkgs or from a distribution has its settings in /etc/nix; any other one is asked for them. */
async function otherSettings(file: string): Promise<unknown> {
  if (isWellKnown(file)) return [];
  const args = ['config', 'show', '--json', '--extra-experimental-features', 'nix-command'];
  const { stdout } = await run('nix', args, { env: changesForNix(process.env) });
  const shown = shownSettings.parse(JSON.parse(stdout));
  return Object.entries(shown).map(([name, { value }]) => [name, value]);
}

/**
 * The same of a Nix from the store or from a distribution: as long as that stays as it is, so do its answers. Undefined for
 * another one, which may have parts elsewhere.
 */
export async function wellKnownInstallation(program: 'nix' | 'nix-instantiate'): Promise<unknown> {
  return isWellKnown(await findProgram(program)) ? await installation(program) : undefined;
}

function isWellKnown(file: string): boolean {
  return isInStore(file) || dirname(file) === '/usr/bin';
}

function isInStore(file: string): boolean {
  return file.startsWith('/nix/store/');
}

async function findProgram(program: string): Promise<string> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const file = resolve(folder, program);
    const found = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return await realpath(file);
  }
  throw new Uncertain(`${program} is not on PATH`);
}

/** nix.conf, the user's own, and what they include. */
async function settingsFiles(environment: NodeJS.ProcessEnv): Promise<[string, string][]> {
  const configured = environment['NIX_USER_CONF_FILES']?.split(':');
  const own = environment['XDG_CONFIG_HOME'] ?? join(environment['HOME'] ?? homedir(), '.config');
  const folders = [own, ...(environment['XDG_CONFIG_DIRS'] ?? '/etc/xdg').split(':')];
  // As Nix puts them together: an empty variable means the root folder to it. Newer ones read NIX_CONFIG_HOME instead of the first.
  const users = configured ?? [
    ...(environment['NIX_CONFIG_HOME'] === undefined ? [] : [`${environment['NIX_CONFIG_HOME']}/nix.conf`]),
    ...folders.map((folder) => `${folder}/nix/nix.conf`),
  ];
  const found = await Promise.all(
    [join(environment['NIX_CONF_DIR'] ?? '/etc/nix', 'nix.conf'), ...users].map((file) => withIncludes(file, 0)),
  );
  return found.flat();
}

async function withIncludes(file: string, depth: number): Promise<[string, string][]> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined || depth > 10) return [];
  const included = [...text.matchAll(/^\s*!?include\s+(\S+)/gm)].map(([, name = '']) => resolve(dirname(file), name));
  const below = await Promise.all(included.map((name) => withIncludes(name, depth + 1)));
  return [[file, text], ...below.flat()];
}
