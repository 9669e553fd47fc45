import { type BootFile, localBootFiles } from './boot-files.ts';
import type { Closure } from './closure.ts';
import { closureIn, referenceGraph } from './reference-graph.ts';

/** A system, and all that it needs. */
export interface KnownSystem {
  readonly path: string;
  readonly closure: Closure;
}

/** A system in this machine's store, and what it takes elsewhere. */
export interface LocalSystem extends KnownSystem {
  /** What its boot loader copies to /boot. */
  readonly bootFiles: readonly BootFile[];
}

/** Measures a system that is in this machine's store. */
export async function localSystem(path: string): Promise<LocalSystem> {
  const [graph, bootFiles] = await Promise.all([referenceGraph([path]), localBootFiles(path)]);
  return { path, closure: closureIn(graph, path), bootFiles };
}

/**
 * A system that a Pi runs, with what it needs; undefined where this machine's store does not have it: another one has deployed it, or
 * it was collected as garbage.
 */
export async function systemBefore(path: string): Promise<KnownSystem | undefined> {
  const graph = await referenceGraph([path]).catch(() => undefined);
  return graph && { path, closure: closureIn(graph, path) };
}
