import { CommandError, run } from '../process/run.ts';
import type { SshConnection } from '../ssh/connection.ts';
import { formatBytes } from '../values/byte-count.ts';
import { counted } from '../values/counted.ts';

/** What has to be done until a path is in a store. */
export interface RealisationPlan {
  /** Derivations that no substituter has the outputs of. */
  readonly toBuild: readonly string[];
  readonly toFetch: readonly string[];
  /** What is downloaded, compressed, and what it takes unpacked, in bytes; to the two or three digits that Nix prints. */
  readonly downloadBytes: number;
  readonly unpackedBytes: number;
  /** Paths that nobody has and that no derivation is known for. */
  readonly unknown: readonly string[];
}

/**
 * What this machine would do to have a store path; undefined when Nix does not tell in time, for example because no derivation
 * of it is in the store or a substituter does not answer.
 */
export async function realisationPlan(
  path: string,
  options: { readonly timeoutSeconds: number; readonly signal: AbortSignal },
): Promise<RealisationPlan | undefined> {
  try {
    const [derivation = path] = (await run('nix-store', ['--query', '--valid-derivers', path], options)).stdout.split(
      '\n',
    );
    return parseDryRun((await run('nix-store', ['--realise', '--dry-run', derivation || path], options)).stderr);
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}

/** The plan in half a sentence; empty where nothing is to be done, or nobody knows how. */
export function describeRealisation({ toBuild, toFetch, downloadBytes, unpackedBytes }: RealisationPlan): string {
  const build = toBuild.length > 0 && `${counted(toBuild.length, 'derivation')} to build`;
  const sizes = `${formatBytes(downloadBytes)} download, ${formatBytes(unpackedBytes)} unpacked`;
  const fetch = toFetch.length > 0 && `${counted(toFetch.length, 'path')} to fetch (${sizes})`;
  return [build, fetch].filter(Boolean).join(', ');
}

/** What another machine would do. */
export async function remoteRealisationPlan(
  connection: SshConnection,
  path: string,
  timeoutSeconds: number,
): Promise<RealisationPlan> {
  const argv = ['nix-store', '--realise', '--dry-run', path];
  return parseDryRun((await connection.run(argv, { timeoutSeconds })).stderr);
}

// nix/src/libmain/shared.cc, printMissing. Up to 2.32, and in Lix, sizes are in MiB; then in whatever unit fits.
const headings = [
  { list: 'toBuild', pattern: /^(?:this derivation|these \d+ derivations) will be built:$/ },
  {
    list: 'toFetch',
    pattern: /^(?:this path|these \d+ paths) will be fetched \((\d+\.\d+ .?iB) download, (\d+\.\d+ .?iB) unpacked\):$/,
  },
  { list: 'unknown', pattern: /^don't know how to build these paths.*:$/ },
] as const;

/** What Nix printed to standard error for `--dry-run`. */
export function parseDryRun(text: string): RealisationPlan {
  const lists: Record<'toBuild' | 'toFetch' | 'unknown', string[]> = { toBuild: [], toFetch: [], unknown: [] };
  let sizes = { downloadBytes: 0, unpackedBytes: 0 };
  let current: string[] | undefined;
  for (const line of text.split('\n')) {
    const heading = headings.find(({ pattern }) => pattern.test(line));
    if (heading !== undefined) {
      current = lists[heading.list];
      const [, download, unpacked] = heading.pattern.exec(line) ?? [];
      if (download !== undefined) sizes = { downloadBytes: bytesOf(download), unpackedBytes: bytesOf(unpacked) };
    } else if (line.startsWith('  /')) {
      current?.push(line.trim());
    } else {
      current = undefined;
    }
  }
  return { ...lists, ...sizes };
}

/** Of a size as Nix prints it, for example `1.5 MiB`. */
function bytesOf(size = ''): number {
  const [number, unit = ''] = size.split(' ');
  return Math.round(Number(number) * 1024 ** Math.max(0, ' KMGTPEZY'.indexOf(unit.charAt(0))));
}
