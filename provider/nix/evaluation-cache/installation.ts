import { access, constants, readFile, realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { run } from '../../process/run.ts';
import { environmentOfNix, withheldFrom } from './environment.ts';
import { Uncertain } from './uncertain.ts';

/**
 * Which Nix evaluates, and how it is set: its program, and the files and environment that its settings come from. Its version
 * is left to the caller, who asks it something anyway.
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

/** A program in the store never changes; of another one the inode's change time tells, which nobody can set back. */
async function identityOf(file: string): Promise<string> {
  if (isInStore(file)) return '';
  const { dev, ino, size, ctimeNs } = await stat(file, { bigint: true });
  return [dev, ino, size, ctimeNs].join(' ');
}

const shownSettings = z.record(z.string(), z.object({ value: z.unknown() }));

/** A Nix from nixpkgs or from a distribution has its settings in /etc/nix; any other one is asked for them. */
async function otherSettings(file: string): Promise<unknown> {
  if (isInStore(file) || dirname(file) === '/usr/bin') return [];
  const args = ['config', 'show', '--json', '--extra-experimental-features', 'nix-command'];
  const { stdout } = await run('nix', args, { env: withheldFrom(process.env) });
  const shown = shownSettings.parse(JSON.parse(stdout));
  return Object.entries(shown).map(([name, { value }]) => [name, value]);
}

function isInStore(file: string): boolean {
  return file.startsWith('/nix/store/');
}

/**
 * What stays the same as long as its settings do: a Nix in the store, and these settings. Undefined for another Nix, whose
 * libraries may be replaced.
 */
export async function immutableInstallation(program: string): Promise<unknown> {
  const file = await findProgram(program);
  return isInStore(file) ? [file, await settingsFiles(process.env)] : undefined;
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
  const folders = [
    environment['XDG_CONFIG_HOME'] ?? join(environment['HOME'] ?? homedir(), '.config'),
    ...(environment['XDG_CONFIG_DIRS'] ?? '/etc/xdg').split(':'),
  ];
  const users = configured ?? folders.map((folder) => join(folder, 'nix/nix.conf'));
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
