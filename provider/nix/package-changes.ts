import { run } from '../process/run.ts';
import { comparePackages, type PackageChanges, replacedVersions, type SizedPath } from './compare-packages.ts';

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
  const [old, wanted] = await Promise.all([closureOf(store, before), store.contents(after)]);
  if (old === undefined || wanted === undefined) return undefined;
  const [oldPaths, wantedPaths] = await withSizes(store, old.paths, wanted.paths);
  return { ...comparePackages(oldPaths, wantedPaths, [...old.chosen, ...wanted.chosen]), approximate: false };
}

/** Only what differs needs a size: most of two systems is the same. */
async function withSizes(
  store: LocalStore,
  before: readonly SizedPath[],
  after: readonly SizedPath[],
): Promise<[SizedPath[], SizedPath[]]> {
  const inAfter = new Set(after.map(({ path }) => path));
  const common = new Set(before.map(({ path }) => path).filter((path) => inAfter.has(path)));
  const asked = [...before, ...after].filter(({ path, narSize }) => narSize === undefined && !common.has(path));
  const sizes = await store.sizes(asked.map(({ path }) => path));
  const sized = ({ path, narSize = sizes.get(path) ?? 0 }: SizedPath) => ({
    path,
    narSize: common.has(path) ? 0 : narSize,
  });
  return [before.map(sized), after.map(sized)];
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
  return typeof system === 'string' ? await store.contents(system) : { paths: system, chosen: [] };
}

/** What this machine's store tells, until the signal. */
class LocalStore {
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** The closure of a path; undefined where it is not in the store. */
  async contents(path: string): Promise<Contents | undefined> {
    const paths = await this.#query('--requisites', path);
    return paths && { paths: paths.map((each) => ({ path: each })), chosen: await this.#chosenIn(paths) };
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

  async sizes(paths: readonly string[]): Promise<Map<string, number>> {
    if (paths.length === 0) return new Map();
    const sizes = (await this.#query('--size', ...paths)) ?? [];
    return new Map(paths.map((path, index) => [path, Number(sizes[index] ?? 0)]));
  }

  async #chosenIn(paths: readonly string[]): Promise<string[]> {
    const environment = paths.find((path) => /^\/nix\/store\/[^-]+-system-path(\.drv)?$/.test(path));
    return environment === undefined ? [] : ((await this.#query('--references', environment)) ?? []);
  }

  async #query(...args: string[]): Promise<string[] | undefined> {
    this.#signal.throwIfAborted();
    try {
      const { stdout } = await run('nix-store', ['--query', ...args], { signal: this.#signal });
      return stdout.split('\n').filter((line) => line !== '');
    } catch {
      this.#signal.throwIfAborted();
      return undefined;
    }
  }
}
