import { existsSync } from 'node:fs';
import { run } from '../../provider/process/run.ts';
import { requireSafePlace } from '../../card-writer/safe-place.ts';
import { installedNode } from './places.ts';

/** The Node that runs the installed card writer. */
export interface Interpreter {
  readonly path: string;
  /** The program that is copied there; undefined where it is there already. */
  readonly copyOf: string | undefined;
}

// Of the distribution's package: root's, and kept up to date with the system. One in /nix/store may be collected.
const systemNodes = ['/usr/bin/node', '/usr/local/bin/node'];

/** The system's own Node where it is new enough and root's alone; else a copy of the one that runs this. */
export async function chooseInterpreter(candidates: readonly string[] = systemNodes): Promise<Interpreter> {
  for (const path of candidates) if (await isFit(path)) return { path, copyOf: undefined };
  return { path: installedNode, copyOf: process.execPath };
}

async function isFit(path: string): Promise<boolean> {
  if (!existsSync(path)) return false;
  try {
    requireSafePlace([path]);
    const { stdout } = await run(path, ['--version']);
    return isNewEnough(stdout);
  } catch {
    return false;
  }
}

/** 20.15 and 22.2 are the first with zlib.crc32. `version` is as `node --version` prints it. */
export function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 2) || (major === 20 && minor >= 15);
}
