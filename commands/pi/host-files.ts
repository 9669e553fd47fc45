import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

const templates = path.join(import.meta.dirname, 'template');

/** What stands in the templates for a Pi's own words. */
export interface HostWords {
  readonly name: string;
  /** The login. */
  readonly user: string;
  /** As nixos-hardware calls it: `raspberry-pi/4`. */
  readonly board: string;
}

/** A file to be written. */
export interface HostFile {
  /** Relative to the project. */
  readonly path: string;
  readonly text: string;
}

/**
 * The files of a new Pi, and those that all Pis share where they are not there yet.
 *
 * @param project directory of Pulumi.yaml
 * @param authorizedKeys public keys that may log in, a line each
 * @param names which files of its own it gets; default: all
 */
export async function hostFiles(
  project: string,
  given: HostWords,
  authorizedKeys: string,
  names?: readonly string[],
): Promise<HostFile[]> {
  const all = await filled('pi', path.join('hosts', given.name), given);
  const own = all.filter((file) => names === undefined || names.includes(path.basename(file.path)));
  if (existsSync(path.join(project, 'hosts/common'))) return own;
  const shared = await filled('common', 'hosts/common', given);
  return [...shared, { path: 'hosts/common/authorized_keys', text: authorizedKeys }, ...own];
}

// Of an account that is made. NixOS refuses `isNormalUser` for root, which every system has.
const makesAnAccount = /^ *(?:isNormalUser|extraGroups) = .*;\n/gm;

async function filled(template: string, folder: string, given: HostWords): Promise<HostFile[]> {
  const from = path.join(templates, template);
  const names = (await readdir(from)).sort();
  return Promise.all(
    names.map(async (name) => ({
      path: path.join(folder, name),
      text: fill(await readFile(path.join(from, name), 'utf8'), given),
    })),
  );
}

const words = ['name', 'user', 'board'] as const;

function fill(text: string, given: HostWords): string {
  const fitting = given.user === 'root' ? text.replaceAll(makesAnAccount, '') : text;
  return words.reduce((filledIn, word) => filledIn.replaceAll(`@${word}@`, () => given[word]), fitting);
}

/** Writes the files; none of them may be there. */
export async function writeHostFiles(project: string, files: readonly HostFile[]): Promise<void> {
  for (const { path: name, text } of files) {
    await mkdir(path.dirname(path.join(project, name)), { recursive: true });
    await writeFile(path.join(project, name), text, { flag: 'wx' });
  }
}
