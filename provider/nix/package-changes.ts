import { basename } from 'node:path';
import { linesOf } from '../process/lines.ts';
import { run } from '../process/run.ts';
import { comparePackages, type PackageChanges, replacedVersions, type SizedPath } from './compare-packages.ts';
import { closureIn, type ReferenceGraph, referenceGraph } from './reference-graph.ts';

export interface PackageChangesOptions {
  /** Ends the search when aborted. */
  readonly signal?: AbortSignal;
  /** How long the search may take; default 5. */
  readonly timeoutSeconds?: number;
}

/** A set of store paths, and which of these are packages that the configuration names (environment.systemPackages). */
interface Contents {
  readonly paths: readonly SizedPath[];
  readonly chosen: readonly string[];
}

/**
 * Which packages differ between two systems, for a preview. Exact, with sizes, where both closures are in this machine's
 * store; else approximate, from what the systems would be built from, where their derivations are in the store, as they are
 * after an evaluation. Builds and downloads nothing, and never raises an error.
 *
 * @param before store path of what runs or was recorded; or its closure, as another machine told it.
 * @param after store path of what is planned.
 * @returns undefined where nothing can be known in time.
 */
export async function packageChanges(
  before: string | readonly SizedPath[],
  after: string,
  { signal, timeoutSeconds = 5 }: PackageChangesOptions = {},
): Promise<PackageChanges | undefined> {
  const deadline = AbortSignal.timeout(timeoutSeconds * 1000);
  const store = new LocalStore(signal === undefined ? deadline : AbortSignal.any([signal, deadline]));
  try {
    return (await exactly(store, before, after)) ?? (await approximately(store, before, after));
  } catch {
    return undefined;
  }
}

async function exactly(
  store: LocalStore,
  before: string | readonly SizedPath[],
  after: string,
): Promise<PackageChanges | undefined> {
  const graph = await store.graph(typeof before === 'string' ? [before, after] : [after]);
  if (graph === undefined) return undefined;
  const old = typeof before === 'string' ? contentsIn(graph, before) : told(before);
  const wanted = contentsIn(graph, after);
  // What both have takes no more, also where another machine built it with another size.
  const here = ({ path, narSize = 0 }: SizedPath) => ({ path, narSize: graph.get(basename(path))?.narSize ?? narSize });
  const changes = comparePackages(old.paths.map(here), wanted.paths, [...old.chosen, ...wanted.chosen]);
  return { ...changes, approximate: false };
}

async function approximately(
  store: LocalStore,
  before: string | readonly SizedPath[],
  after: string,
): Promise<PackageChanges | undefined> {
  const wanted = await store.derivations(after);
  if (wanted === undefined) return undefined;
  const old = typeof before === 'string' ? await store.derivations(before) : undefined;
  if (old !== undefined) {
    return { ...comparePackages(old.paths, wanted.paths, [...old.chosen, ...wanted.chosen]), approximate: true };
  }
  const closure = await closureOf(store, before);
  return closure && { ...replacedVersions(closure.paths, wanted.paths, wanted.chosen), approximate: true };
}

async function closureOf(store: LocalStore, system: string | readonly SizedPath[]): Promise<Contents | undefined> {
  if (typeof system !== 'string') return told(system);
  const graph = await store.graph([system]);
  return graph && contentsIn(graph, system);
}

function told(paths: readonly SizedPath[]): Contents {
  return { paths, chosen: [] };
}

function contentsIn(graph: ReferenceGraph, system: string): Contents {
  const paths = closureIn(graph, system);
  const environment = environmentIn(paths.map(({ path }) => path));
  const references = environment === undefined ? undefined : graph.get(basename(environment))?.references;
  return { paths, chosen: (references ?? []).map((name) => `/nix/store/${name}`) };
}

/** What holds the packages of environment.systemPackages. */
function environmentIn(paths: readonly string[]): string | undefined {
  return paths.find((path) => /^\/nix\/store\/[^-]+-system-path(\.drv)?$/.test(path));
}

/** What this machine's store tells, until the signal. */
class LocalStore {
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Systems and all that they need; undefined where one of them is not in the store. */
  graph(systems: readonly string[]): Promise<ReferenceGraph | undefined> {
    return this.#ask(() => referenceGraph(systems, this.#signal));
  }

  /** What a path would be built from, whether it is in the store or not; undefined where the store has no derivation of it. */
  async derivations(path: string): Promise<Contents | undefined> {
    const [derivation] = (await this.#query('--valid-derivers', path)) ?? [];
    const paths = derivation === undefined ? undefined : await this.#query('--requisites', derivation);
    if (paths === undefined) return undefined;
    const derivations = paths.filter((each) => each.endsWith('.drv'));
    const outputs = (drvPaths: readonly string[]) => drvPaths.map((each) => each.replace(/\.drv$/, ''));
    const chosen = outputs(await this.#chosenIn(derivations));
    return { paths: outputs(derivations).map((each) => ({ path: each })), chosen };
  }

  async #chosenIn(derivations: readonly string[]): Promise<string[]> {
    const environment = environmentIn(derivations);
    return environment === undefined ? [] : ((await this.#query('--references', environment)) ?? []);
  }

  #query(...args: string[]): Promise<string[] | undefined> {
    return this.#ask(async () => {
      const { stdout } = await run('nix-store', ['--query', ...args], { signal: this.#signal });
      return linesOf(stdout);
    });
  }

  async #ask<T>(question: () => Promise<T>): Promise<T | undefined> {
    this.#signal.throwIfAborted();
    try {
      return await question();
    } catch {
      this.#signal.throwIfAborted();
      return undefined;
    }
  }
}
