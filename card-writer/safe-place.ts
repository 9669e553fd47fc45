import { lstatSync, realpathSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { CardError } from './problem.ts';

/**
 * Makes sure that nobody but root can have changed the program that runs with root's rights: it, the interpreter, and every
 * folder above them.
 *
 * @throws CardError naming what others can write.
 */
export function requireSafePlace(files: readonly string[]): void {
  for (const file of files) {
    for (const path of withFolders(realpathSync(file))) {
      if (isSafe(lstatSync(path))) continue;
      throw new CardError({
        what: `The card writer refuses to run as root: others than root can change ${path}.`,
        remedy: 'Put it, and the interpreter, where only root can write.',
      });
    }
  }
}

function withFolders(path: string): string[] {
  const folder = dirname(path);
  return folder === path ? [path] : [path, ...withFolders(folder)];
}

/** In a folder like /nix/store, group members may add files, but not replace root's. */
export function isSafe({ uid, mode }: Pick<Stats, 'uid' | 'mode'>): boolean {
  const [sticky, byGroup, byAll] = [0o1000, 0o020, 0o002];
  if (uid !== 0 || (mode & byAll) !== 0) return false;
  return (mode & byGroup) === 0 || (mode & sticky) !== 0;
}

/** What Node takes from its surroundings could make it run something else. */
export function requirePlainInterpreter(environment: NodeJS.ProcessEnv, options: readonly string[]): void {
  const given = Object.keys(environment).filter((name) => name.startsWith('NODE_') || name.startsWith('LD_'));
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
