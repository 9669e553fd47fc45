import { access } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Context } from '../context.ts';
import { CommandError, run } from '../process/run.ts';

/**
 * A flake in a git repository sees only files that git knows. Tells git about a new file without staging its content; does
 * nothing outside a git repository or where no flake.nix lies above the file.
 */
export async function makeVisibleToFlake(context: Context, file: string): Promise<void> {
  const directory = dirname(file);
  const git = (...args: string[]) => run('git', ['-C', directory, ...args]);
  try {
    const root = (await git('rev-parse', '--show-toplevel')).stdout.trim();
    if (!(await hasFlake(directory, root))) return;
    await git('add', '--intent-to-add', '--', basename(file));
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    if (error.exitCode === undefined || error.stderr.includes('not a git repository')) return;
    context.log.warn(`git does not know ${file}, so a flake will not see it: ${error.stderr.trim()}`);
  }
}

async function hasFlake(directory: string, root: string): Promise<boolean> {
  for (let current = directory; ; current = dirname(current)) {
    if (
      await access(join(current, 'flake.nix')).then(
        () => true,
        () => false,
      )
    )
      return true;
    if (current === root || current === dirname(current)) return false;
  }
}
