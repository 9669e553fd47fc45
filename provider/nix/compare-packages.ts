/** A store path, and its size as an archive in bytes where it is known. */
export interface SizedPath {
  readonly path: string;
  readonly narSize?: number;
}

/** A package that differs between two systems. */
export interface PackageChange {
  /** For example `neovim`. */
  readonly name: string;
  /** The versions that only the first has, for example `['0.11.5']`; none for a package that is added. */
  readonly before: readonly string[];
  /** The versions that only the second has; none for a package that is removed. */
  readonly after: readonly string[];
  /** What the package's paths take more on the card; undefined where that is not known. */
  readonly sizeDeltaBytes?: number;
}

/** How two systems differ. */
export interface PackageChanges {
  /** Taken from what the systems would be built from, not from what they consist of: it may name tools of the build too. */
  readonly approximate: boolean;
  /** What the configuration names first, then by size and name. */
  readonly changes: readonly PackageChange[];
  /** How many packages have the same version, but were made anew. */
  readonly rebuilt: number;
  /** How many parts without a version differ: units, files of /etc, scripts. */
  readonly unversioned: number;
  /** What the second system takes more; undefined where that is not known. */
  readonly sizeDeltaBytes?: number;
}

type Comparison = Omit<PackageChanges, 'approximate'>;

/** @param chosen store paths of packages that the configuration names itself. */
export function comparePackages(
  before: readonly SizedPath[],
  after: readonly SizedPath[],
  chosen: readonly string[],
): Comparison {
  const [old, wanted] = [packagesOf(before), packagesOf(after)];
  const changes: PackageChange[] = [];
  let [rebuilt, unversioned] = [0, 0];
  for (const name of new Set([...old.keys(), ...wanted.keys()])) {
    const [was, willBe] = [old.get(name) ?? nothing, wanted.get(name) ?? nothing];
    if (without(was.paths, willBe.paths).length + without(willBe.paths, was.paths).length === 0) continue;
    const change = { name, ...versionChange(was, willBe), ...sizeChange(was.bytes, willBe.bytes) };
    if (change.before.length + change.after.length > 0) changes.push(change);
    else if (was.versions.size + willBe.versions.size > 0) rebuilt += 1;
    else unversioned += 1;
  }
  const total = sizeChange(bytesOf(before), bytesOf(after));
  return { changes: inOrder(changes, chosen), rebuilt, unversioned, ...total };
}

/**
 * The packages of a system of which another one is built with other versions only. For a system whose contents are known,
 * beside one of which only the derivations are: what is added or removed cannot be told.
 */
export function replacedVersions(
  contents: readonly SizedPath[],
  derivations: readonly SizedPath[],
  chosen: readonly string[],
): Comparison {
  const wanted = packagesOf(derivations);
  const changes: PackageChange[] = [];
  for (const [name, was] of packagesOf(contents)) {
    const willBe = wanted.get(name) ?? nothing;
    if (was.versions.size === 0 || willBe.versions.size === 0) continue;
    if (without(was.versions, willBe.versions).length < was.versions.size) continue;
    changes.push({ name, ...versionChange(was, willBe) });
  }
  return { changes: inOrder(changes, chosen), rebuilt: 0, unversioned: 0 };
}

/** What a store path's name says: `…-neovim-0.11.5-man` is of neovim 0.11.5, `…-unit-sshd.service` has no version. */
export function packageName(path: string): { readonly name: string; readonly version: string } | undefined {
  const text = /^\/nix\/store\/[0-9a-z]{32}-([A-Za-z0-9+\-._?=]+)$/.exec(path)?.[1];
  if (text === undefined) return undefined;
  const [, name = text, version = ''] = /^(.*?)-([^A-Za-z].*)$/.exec(text) ?? [];
  if (version === '' || isFileOfASystem(text)) return { name: text, version: '' };
  const released = version.replace(outputName, '');
  // Its name holds the host's, which is no news.
  return name.startsWith('nixos-system-') ? { name: 'NixOS', version: released } : { name, version: released };
}

const outputName =
  /-(bin|data|debug|dev|devdoc|devman|dist|doc|info|lib|man|modules|out|python|py|static|terminfo|tools|dtbs)$/;

/** What NixOS generates, and the sources of packages: their names may hold numbers, but no version of a package. */
function isFileOfASystem(name: string): boolean {
  return (
    /^(etc|unit|X|source)-/.test(name) ||
    /\.(conf|service|socket|target|timer|mount|path|slice|rules|preset|network|netdev|link|pam|sh|in|json|toml|ya?ml|xml)$/.test(
      name,
    ) ||
    /\.(tar(\.[a-z0-9]+)?|tgz|tbz2?|txz|zip|patch(\.gz|\.xz)?|diff|gem|crate|whl|jar|lock|src)$/.test(name)
  );
}

interface Package {
  readonly versions: Set<string>;
  readonly paths: Set<string>;
  /** Undefined where the size of a path is not known. */
  bytes: number | undefined;
}

const nothing: Package = { versions: new Set(), paths: new Set(), bytes: 0 };

function packagesOf(paths: readonly SizedPath[]): Map<string, Package> {
  const packages = new Map<string, Package>();
  for (const { path, narSize } of paths) {
    const parsed = packageName(path);
    if (parsed === undefined) continue;
    const found = packages.get(parsed.name) ?? { versions: new Set(), paths: new Set(), bytes: 0 };
    packages.set(parsed.name, found);
    if (parsed.version !== '') found.versions.add(parsed.version);
    found.paths.add(path);
    found.bytes = found.bytes === undefined || narSize === undefined ? undefined : found.bytes + narSize;
  }
  return packages;
}

function versionChange(was: Package, willBe: Package): Pick<PackageChange, 'before' | 'after'> {
  const sorted = (versions: string[]) => versions.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  return {
    before: sorted(without(was.versions, willBe.versions)),
    after: sorted(without(willBe.versions, was.versions)),
  };
}

function without(texts: ReadonlySet<string>, others: ReadonlySet<string>): string[] {
  return [...texts].filter((text) => !others.has(text));
}

function sizeChange(before: number | undefined, after: number | undefined): { sizeDeltaBytes?: number } {
  return before === undefined || after === undefined ? {} : { sizeDeltaBytes: after - before };
}

function bytesOf(paths: readonly SizedPath[]): number | undefined {
  return paths.reduce<number | undefined>(
    (sum, { narSize }) => (sum === undefined || narSize === undefined ? undefined : sum + narSize),
    0,
  );
}

function inOrder(changes: readonly PackageChange[], chosen: readonly string[]): PackageChange[] {
  const first = new Set(['NixOS', 'linux', ...chosen.map((path) => packageName(path)?.name)]);
  const rank = ({ name }: PackageChange) => (first.has(name) ? 0 : 1);
  const size = ({ sizeDeltaBytes = 0 }: PackageChange) => Math.abs(sizeDeltaBytes);
  return changes.toSorted((a, b) => rank(a) - rank(b) || size(b) - size(a) || a.name.localeCompare(b.name, 'en'));
}
