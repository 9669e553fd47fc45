import { lstatSync, readlinkSync, realpathSync, type Stats } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { CardError } from './problem.ts';

/**
 * The shared libraries that this interpreter runs, as paths. One from the Nix store has its own there, wherever it was copied to.
 */
export function ownLibraries(): string[] {
  const report = process.report as typeof process.report & { excludeNetwork: boolean };
  // It would look up names of hosts.
  report.excludeNetwork = true;
  const { sharedObjects } = report.getReport() as unknown as { readonly sharedObjects: readonly string[] };
  // One without a path is the kernel's own (linux-vdso).
  return sharedObjects.filter((name) => name.includes('/'));
}

/**
 * Makes sure that nobody but root can have changed the program that runs with root's rights: it, the interpreter with its libraries,
 * every folder above them, and every link on the way there.
 *
 * @throws CardError naming what others can write.
 */
export function requireSafePlace(files: readonly string[]): void {
  for (const file of files) {
    // Links in a circle end here.
    realpathSync(file);
    for (const path of wayTo(file)) {
      if (isSafe(lstatSync(path))) continue;
      throw new CardError({
        what: `The card writer refuses to run as root: others than root can change ${path}.`,
        remedy: 'Put it, the interpreter, and the libraries that this needs, where only root can write.',
      });
    }
  }
}

/** The folders, links and files that decide what a path leads to. */
function wayTo(path: string): string[] {
  const folder = dirname(path);
  if (folder === path) return [path];
  const here = join(realpathSync(folder), basename(path));
  const target = lstatSync(here).isSymbolicLink() ? [resolve(dirname(here), readlinkSync(here))] : [];
  return [...wayTo(folder), here, ...target.flatMap(wayTo)];
}

/** In a folder like /nix/store, group members may add files, but not replace root's. A link has no permissions of its own. */
export function isSafe({ uid, mode }: Pick<Stats, 'uid' | 'mode'>): boolean {
  const [sticky, byGroup, byAll, typeBits, link] = [0o1000, 0o020, 0o002, 0o170000, 0o120000];
  if (uid !== 0) return false;
  if ((mode & typeBits) === link) return true;
  if ((mode & byAll) !== 0) return false;
  return (mode & byGroup) === 0 || (mode & sticky) !== 0;
}

/** What Node, its libraries and the linker take from their surroundings could make it run something else. */
export function requirePlainInterpreter(environment: NodeJS.ProcessEnv, options: readonly string[]): void {
  const given = Object.keys(environment).filter((name) => /^(NODE|LD|OPENSSL)_/.test(name));
  if (given.length === 0 && options.length === 0) return;
  throw new CardError({
    what: `The card writer refuses to run as root with ${[...given, ...options].join(', ')}.`,
    remedy: 'Let sudo reset the environment, as the installed rule does.',
  });
}

/** The rule for sudo allows none; whoever gives one has another rule, or none. */
export function requireNoArguments(given: readonly string[]): void {
  if (given.length === 0) return;
  throw new CardError({ what: `The card writer takes no arguments: ${given.join(' ')}` });
}
