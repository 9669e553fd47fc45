import { existsSync, realpathSync } from 'node:fs';
import { requireSafePlace } from '../../card-writer/safe-place.ts';
import { ProvisioningError } from '../../provider/errors.ts';
import { run } from '../../provider/process/run.ts';
import { installedNode } from './places.ts';

/** The Node that runs the installed card writer. */
export interface Interpreter {
  readonly path: string;
  /** The program that is copied there; undefined where it is there already. */
  readonly copyOf: string | undefined;
}

// Of the distribution's package: root's, and kept up to date with the system.
const systemNodes = ['/usr/bin/node', '/usr/local/bin/node'];

/**
 * The system's own Node where it is new enough and root's alone; else a copy of another one.
 *
 * @param own what is copied; default: the Node that runs this.
 * @throws ProvisioningError when a copy would not stay whole, as it needs libraries in the Nix store.
 */
export async function chooseInterpreter(
  candidates: readonly string[] = systemNodes,
  own = process.execPath,
): Promise<Interpreter> {
  for (const path of candidates) if (await isFit(path)) return { path, copyOf: undefined };
  const { libraries } = await lookAt(own);
  const library = inNixStore(libraries);
  if (library !== undefined) throw needsTheStore(own, library);
  requireSafePlace(libraries);
  return { path: installedNode, copyOf: own };
}

async function isFit(path: string): Promise<boolean> {
  if (!existsSync(path)) return false;
  try {
    const { version, libraries } = await lookAt(path);
    requireSafePlace([path, ...libraries]);
    return isNewEnough(version) && inNixStore([path, ...libraries]) === undefined;
  } catch {
    return false;
  }
}

interface NodeFacts {
  /** As `node --version` prints it. */
  readonly version: string;
  /** The shared libraries that it is linked to, as paths. */
  readonly libraries: readonly string[];
}

const tellFacts = `process.report.excludeNetwork = true;
const libraries = process.report.getReport().sharedObjects.filter((name) => name.includes('/'));
console.log(JSON.stringify({ version: process.version, libraries }))`;

async function lookAt(node: string): Promise<NodeFacts> {
  // What sudo does not give the writer either.
  const env = { NODE_OPTIONS: undefined, LD_LIBRARY_PATH: undefined, LD_PRELOAD: undefined };
  const { stdout } = await run(node, ['--eval', tellFacts], { env });
  return JSON.parse(stdout) as NodeFacts;
}

/** What may be gone after a garbage collection, and belongs to a user where Nix has only one. */
function inNixStore(paths: readonly string[]): string | undefined {
  const places = (path: string): string[] => [path, ...(existsSync(path) ? [realpathSync(path)] : [])];
  return paths.find((path) => places(path).some((place) => place.startsWith('/nix/')));
}

function needsTheStore(node: string, library: string): ProvisioningError {
  return new ProvisioningError({
    what: `The Node ${node} cannot run the installed card writer: it needs ${library}, which a garbage collection may take away.`,
    remedy:
      'Install the Node of your distribution (20.15 or newer, as /usr/bin/node), or do this with the one of nodejs.org that this project brings: ' +
      '`PATH="$PWD/node_modules/node/bin:$PATH" npm run card-writer -- install`. Nothing was installed.',
  });
}

/** 20.15 and 22.2 are the first with zlib.crc32. `version` is as `node --version` prints it. */
export function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 2) || (major === 20 && minor >= 15);
}
