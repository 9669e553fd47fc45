import { basename } from 'node:path';
import { LRUCache } from 'lru-cache';
import { ProvisioningError } from '../errors.ts';
import { shellJoin } from '../process/quote.ts';
import { run } from '../process/run.ts';
import type { Closure } from './closure.ts';

/** What Nix knows of a store path. */
export interface StoreObject {
  /** Its size as an archive, in bytes. */
  readonly narSize: number;
  /** The other store paths that it refers to, without /nix/store/. */
  readonly references: readonly string[];
}

/** Store paths and all that they need, by their names: what follows /nix/store/. */
export type ReferenceGraph = ReadonlyMap<string, StoreObject>;

// A deployment asks for what its diff was told a moment ago. A graph counts as many as it has paths, once for each of its roots: some 3000
// for a system beside the one before it, so there is room for twenty.
const recent = new LRUCache<string, ReferenceGraph>({
  ttl: 30_000,
  // Its names hold the whole text that Nix printed.
  ttlAutopurge: true,
  maxSize: 60_000,
  sizeCalculation: (graph) => graph.size,
});

/**
 * What this machine's store has of some paths and of all that they need, asked in one process; not again within half a minute.
 *
 * GraphML is the same from Nix 2.4 on, and in Lix. The JSON of `nix path-info` is not, and for a path that is not there that asks
 * the substituters. For the closure of a derivation it is too much: a system's has a hundred thousand references.
 *
 * @param signal ends the question.
 * @throws CommandError when one of them is not in the store; ProvisioningError when Nix answers in an unknown form.
 */
export async function referenceGraph(roots: readonly string[], signal?: AbortSignal): Promise<ReferenceGraph> {
  const known = recent.get(roots.at(-1) ?? '');
  if (known !== undefined && roots.every((root) => known.has(basename(root)))) return known;
  const { stdout } = await run('nix-store', ['--query', '--graphml', ...roots], { signal });
  const graph = parseReferenceGraph(stdout, roots);
  for (const root of roots) recent.set(root, graph);
  return graph;
}

// nix/src/nix/nix-store/graphml.cc: a node comes before the edges that begin there
const nodeOrEdge =
  /<node id="([^"]+)">\s*<data key="narSize">(\d+)<\/data>|<edge source="([^"]+)" target="([^"]+)"\/>/g;

/**
 * What `nix-store --query --graphml` printed.
 *
 * @param roots the paths that it was asked for.
 * @throws ProvisioningError when it does not lead from these to all that it names.
 */
export function parseReferenceGraph(text: string, roots: readonly string[]): ReferenceGraph {
  const graph = new Map<string, { narSize: number; references: string[] }>();
  const needed = new Set(roots.map((path) => basename(path)));
  for (const match of text.matchAll(nodeOrEdge)) {
    const { 1: node, 2: narSize, 3: source = '', 4: target = '' } = match;
    if (node === undefined) {
      graph.get(source)?.references.push(target);
      needed.add(target);
    } else {
      graph.set(node, { narSize: Number(narSize), references: [] });
    }
  }
  if (graph.size === needed.size && [...needed].every((name) => graph.has(name))) return graph;
  throw new ProvisioningError({
    what: 'Nix told the sizes and references of store paths in a form that is not known.',
    tried: shellJoin(['nix-store', '--query', '--graphml', ...roots]),
    original: text.slice(0, 1000),
    remedy: 'Nix on this machine has to be 2.4 or newer.',
  });
}

/** A path of a graph and all that it needs; what a path needs comes before it. */
export function closureIn(graph: ReferenceGraph, root: string): Closure {
  const closure = new Map<string, number>();
  const visit = (name: string) => {
    const found = graph.get(name);
    if (found === undefined || closure.has(name)) return;
    found.references.forEach(visit);
    closure.set(name, found.narSize);
  };
  visit(basename(root));
  return [...closure].map(([name, narSize]) => ({ path: `/nix/store/${name}`, narSize }));
}
