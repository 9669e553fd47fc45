import { basename } from 'node:path';
import { run } from '../process/run.ts';
import { type BootFile, bootFilesScript, parseBootFiles } from './boot-files.ts';
import type { Closure } from './closure.ts';
import type { FormerSystem } from './closure-delta.ts';
import { closureIn, type ReferenceGraph, referenceGraph } from './reference-graph.ts';

/** A system in this machine's store, and what it takes elsewhere. */
export interface LocalSystem {
  readonly path: string;
  readonly closure: Closure;
  /** What its boot loader copies to /boot. */
  readonly bootFiles: readonly BootFile[];
  /** The system before it; undefined where there is none, or this machine's store does not have it. */
  readonly former: FormerSystem | undefined;
}

/**
 * Measures a system that is in this machine's store.
 *
 * @param former store path of the system that it will replace, if that is known.
 */
export async function localSystem(path: string, former?: string): Promise<LocalSystem> {
  const [graph, { stdout }] = await Promise.all([
    graphBeside(path, former),
    run('sh', ['-c', bootFilesScript, 'boot-files', path]),
  ]);
  return {
    path,
    closure: closureIn(graph, path),
    bootFiles: parseBootFiles(stdout),
    former:
      former !== undefined && graph.has(basename(former))
        ? { path: former, closure: closureIn(graph, former) }
        : undefined,
  };
}

async function graphBeside(path: string, former: string | undefined): Promise<ReferenceGraph> {
  if (former === undefined) return referenceGraph([path]);
  // Another machine may have deployed it, or it was collected as garbage.
  return referenceGraph([former, path]).catch(() => referenceGraph([path]));
}
