import { CommandError, type RunOptions, type RunResult, run } from '../process/run.ts';

/** Where distributions keep file system tools that an ordinary user's PATH leaves out. */
const sbin = ['/run/current-system/sw/bin', '/usr/local/sbin', '/usr/sbin', '/sbin'];

/** Runs one of the system's own block device and file system tools, in plain English whatever the user's language. */
export async function runTool(name: Tool, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const path = [process.env['PATH'], ...sbin].filter(Boolean).join(':');
  try {
    return await run(name, args, { ...options, env: { ...options.env, PATH: path, LC_ALL: 'C' } });
  } catch (error) {
    if (!(error instanceof CommandError) || error.exitCode !== undefined) throw error;
    throw error.withRemedy(`Make sure that \`${name}\` is installed: it is part of ${packages[name]}.`);
  }
}

type Tool = keyof typeof packages;

const packages = {
  lsblk: 'util-linux',
  blkid: 'util-linux',
  debugfs: 'e2fsprogs',
  e2fsck: 'e2fsprogs',
  zstd: 'zstd',
} as const;
