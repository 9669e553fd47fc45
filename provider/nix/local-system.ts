import { run } from '../process/run.ts';
import { type BootFile, bootFilesScript, parseBootFiles } from './boot-files.ts';
import { type Closure, localClosure } from './closure.ts';

/** A system in this machine's store, and what it takes elsewhere. */
export interface LocalSystem {
  readonly path: string;
  readonly closure: Closure;
  /** What its boot loader copies to /boot. */
  readonly bootFiles: readonly BootFile[];
}

/** Measures a system that is in this machine's store. */
export async function localSystem(path: string): Promise<LocalSystem> {
  const [closure, { stdout }] = await Promise.all([
    localClosure(path),
    run('sh', ['-c', bootFilesScript, 'boot-files', path]),
  ]);
  return { path, closure, bootFiles: parseBootFiles(stdout) };
}
