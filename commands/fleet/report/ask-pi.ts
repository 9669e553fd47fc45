import {
  deploymentHistory,
  type PastDeployment,
  recordScript,
} from '../../../provider/activation/deployment-record.ts';
import { RemoteCommandError, type SshConnection } from '../../../provider/ssh/connection.ts';
import type { Closure } from '../../../provider/nix/closure.ts';
import { parseClosure } from '../../../provider/nix/closure.ts';
import { isStorePath } from '../../../provider/values/store-path.ts';
import { printable } from '../../printable.ts';
import { systemProfile } from '../../../provider/values/pi-paths.ts';

/** What a Pi knows of its own past. */
export interface PiPast {
  /** Oldest first; what runs comes last where it is no generation of the profile. */
  readonly generations: readonly PastGeneration[];
  /** Deployments, oldest first. */
  readonly deployments: readonly PastDeployment[];
}

export interface PastGeneration {
  /** 0 for what runs without being one of the profile's. */
  readonly number: number;
  readonly storePath: string;
  readonly madeAt: Date;
  readonly closure: Closure;
}

/** How many generations are asked for: each one's closure is a list of a thousand paths and more. */
const mostGenerations = 8;
const timeoutSeconds = 60;

// One size for each path, however many generations have it.
const script = `
${recordScript}
closures=$(
  for link in $(ls -d ${systemProfile}-*-link 2> /dev/null | sort -V | tail -n ${String(mostGenerations)}) /run/current-system; do
    path=$(readlink -f "$link")
    printf 'generation %s %s %s\\n' "\${link##*/}" "$(stat -c %Y "$link")" "$path"
    nix-store --query --requisites "$path"
  done
)
printf '%s\\nclosure:\\n' "$closures"
paths=$(printf '%s\\n' "$closures" | grep '^/' | sort -u)
printf '%s\\nsizes:\\n' "$paths"
printf '%s\\n' "$paths" | xargs nix-store --query --size
`;

/**
 * Asks a Pi for its generations with what they consist of, and for its record of deployments. Changes nothing and needs no root.
 *
 * @throws UnreachableError when the connection is lost; ProvisioningError when the Pi does not tell.
 */
export async function askPast(connection: SshConnection): Promise<PiPast> {
  const argv = ['/bin/sh', '-c', script];
  const result = await connection.run(argv, { timeoutSeconds });
  const past = parsePast(result.stdout);
  if (past === undefined) throw new RemoteCommandError(connection.target, argv, result);
  return past;
}

/** What the script printed; undefined when it is something else. */
export function parsePast(text: string): PiPast | undefined {
  const [told, sized] = printable(text).split(/^closure:$/m, 2);
  if (told === undefined || sized === undefined) return undefined;
  const sizes = new Map(parseClosure(sized).map(({ path, narSize }) => [path, narSize]));
  const [before = '', ...blocks] = told.split(/^generation /m);
  const generations = blocks.flatMap((block) => parseGeneration(block, sizes) ?? []);
  const ofProfile = generations.filter(({ number }) => number > 0);
  const isListed = (path: string) => ofProfile.some(({ storePath }) => storePath === path);
  const others = generations.filter(({ number, storePath }) => number === 0 && !isListed(storePath));
  return { generations: [...ofProfile, ...others], deployments: deploymentHistory(before) };
}

function parseGeneration(block: string, sizes: ReadonlyMap<string, number>): PastGeneration | undefined {
  const [head = '', ...paths] = block.split('\n').filter((line) => line !== '');
  const [link = '', seconds = '', storePath = ''] = head.split(' ');
  if (!isStorePath(storePath)) return undefined;
  return {
    number: Number(/^system-(\d+)-link$/.exec(link)?.[1] ?? 0),
    storePath,
    madeAt: new Date(Number(seconds) * 1000),
    closure: paths.map((path) => ({ path, narSize: sizes.get(path) ?? 0 })),
  };
}

/** What a closure takes, in bytes. */
export function bytesOf(closure: Closure): number {
  return closure.reduce((sum, { narSize }) => sum + narSize, 0);
}
