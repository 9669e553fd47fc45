import { run } from '../process/run.ts';
import { type BootFile, bootFilesScript, parseBootFiles } from './boot-files.ts';
import type { Closure } from './closure.ts';
import { closureIn, referenceGraph } from './reference-graph.ts';

/** A system in this machine's store, and what it takes elsewhere. */
export interface LocalSystem {
  readonly path: string;
  readonly closure: Closure;
  /** What its boot loader copies to /boot. */
  readonly bootFiles: readonly BootFile[];
}

/** Measures a system that is in this machine's store. */
export async function localSystem(path: string): Promise<LocalSystem> {
  const [graph, { stdout }] = await Promise.all([
    referenceGraph([path]),
    run('sh', ['-c', bootFilesScript, 'boot-files', path]),
  ]);
  return { path, closure: closureIn(graph, path), bootFiles: parseBootFiles(stdout) };
}
