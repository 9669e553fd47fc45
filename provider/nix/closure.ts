import { ProvisioningError } from '../errors.ts';
import { linesOf } from '../process/lines.ts';
import { run } from '../process/run.ts';
import type { SshConnection } from '../ssh/connection.ts';

/** A store path, and its size as an archive in bytes, which is about what it takes on a card. */
export interface SizedPath {
  readonly path: string;
  readonly narSize: number;
}

/** A store path with everything that it needs. */
export type Closure = readonly SizedPath[];

/** What paths take together, in bytes. */
export function narBytes(paths: Closure): number {
  return paths.reduce((sum, { narSize }) => sum + narSize, 0);
}

const script = `
paths=$(nix-store --query --requisites "$1") || exit
printf '%s\\n' "$paths"
echo sizes:
printf '%s\\n' "$paths" | xargs nix-store --query --size
`;

/** The closure of a path that is in this machine's store. */
export async function localClosure(path: string): Promise<Closure> {
  return parseClosure((await run('sh', ['-c', script, 'closure', path])).stdout);
}

/** The closure of a path that is in another machine's store. */
export async function remoteClosure(connection: SshConnection, path: string): Promise<Closure> {
  const argv = ['/bin/sh', '-c', script, 'closure', path];
  return parseClosure((await connection.run(argv, { timeoutSeconds: 300 })).stdout);
}

/** @throws ProvisioningError when there is not one size for each path. */
export function parseClosure(text: string): Closure {
  const [paths = [], sizes = []] = text.split(/^sizes:$/m, 2).map(linesOf);
  const closure = paths.map((path, index) => ({ path, narSize: Number(sizes[index] ?? Number.NaN) }));
  if (paths.length === sizes.length && closure.every(({ narSize }) => Number.isFinite(narSize))) return closure;
  throw new ProvisioningError({ what: 'Nix did not tell the size of each path of a closure.', original: text });
}
