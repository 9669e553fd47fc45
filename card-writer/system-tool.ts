import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { CardError } from './problem.ts';

/**
 * Where distributions keep file system tools that an ordinary user's PATH may leave out. Nothing below /usr/local: some let
 * others than root write there.
 */
const systemPath = ['/run/current-system/sw/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

let systemToolsOnly = false;

/** For a program that runs with other rights than those of the user whose PATH it has. */
export function useSystemToolsOnly(): void {
  systemToolsOnly = true;
}

const packages = {
  lsblk: 'util-linux',
  blkid: 'util-linux',
  blkdiscard: 'util-linux',
  flock: 'util-linux',
  eject: 'util-linux (on Debian: eject)',
  debugfs: 'e2fsprogs',
  e2fsck: 'e2fsprogs',
} as const;

type Tool = keyof typeof packages;

export interface ToolResult {
  readonly stdout: string;
  /** Standard output as it came. */
  readonly bytes: Buffer;
  readonly stderr: string;
  readonly exitCode: number;
}

export interface ToolOptions {
  /** Standard input; default: empty. */
  readonly stdin?: string;
  /** A file descriptor that the tool gets as its number 3; default: none. */
  readonly inherit?: number;
  /** Exit codes beside 0 that mean something to the caller; default: none. */
  readonly accept?: readonly number[];
}

/**
 * Runs one of the system's own block device and file system tools, in plain English and with an environment of its own.
 *
 * @throws CardError when it is not installed, ends by a signal, or with an exit code that is not accepted.
 */
export async function runTool(name: Tool, args: readonly string[], options: ToolOptions = {}): Promise<ToolResult> {
  const ownPath = systemToolsOnly ? undefined : process.env['PATH'];
  const env = { PATH: [ownPath, ...systemPath].filter(Boolean).join(':'), LC_ALL: 'C' };
  const stdio = ['pipe' as const, 'pipe' as const, 'pipe' as const, options.inherit ?? ('ignore' as const)];
  const child = spawn(name, args, { env, stdio });
  // A tool that ends before it has read everything is judged by how it ended.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(options.stdin ?? '');
  const output = Promise.all([bytesOf(child.stdout), bytesOf(child.stderr)]);
  const [code, signal] = (await once(child, 'close').catch((error: unknown) => {
    throw missing(name, error);
  })) as [number | null, string | null];
  const [bytes, errors] = await output;
  const [stdout, stderr] = [bytes.toString(), errors.toString()];
  if (code === 0 || (code !== null && options.accept?.includes(code) === true))
    return { stdout, bytes, stderr, exitCode: code };
  throw new CardError({
    what: `${[name, ...args].join(' ')} ${signal === null ? `ended with exit code ${String(code)}` : `was ended by ${signal}`}.`,
    // What a tool prints on standard output may be a secret file.
    original: stderr.trim(),
  });
}

async function bytesOf(stream: AsyncIterable<Buffer> | null | undefined): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stream ?? []) pieces.push(piece);
  return Buffer.concat(pieces);
}

function missing(name: Tool, cause: unknown): CardError {
  return new CardError(
    {
      what: `The program ${name} cannot be started.`,
      original: String(cause),
      remedy: `It is part of ${packages[name]}.`,
    },
    { cause },
  );
}
