import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { LabError } from '../errors.ts';
import { withLock } from '../lock.ts';
import type { Report } from '../report.ts';
import { run, tryRun } from '../run.ts';

/** A program of the engine: the folder of its go.mod, and how it is compiled. */
interface GoTool {
  readonly folder: string;
  readonly name: string;
  readonly flags: readonly string[];
}

const versionVariable = 'github.com/pulumi/pulumi/sdk/v3/go/common/version.Version';

const tools: readonly GoTool[] = [
  { folder: 'language-nodejs', name: 'the Node.js language host', flags: ['-ldflags', '-s -w'] },
  {
    folder: 'cli',
    name: 'the Pulumi CLI',
    flags: ['-tags', 'osusergo,grpcnotrace', '-ldflags', `-s -w -X ${versionVariable}=v3.259.0`],
  },
];

/**
 * Compiles the engine from Go modules, once for all checkouts with the same go.mod and go.sum.
 *
 * @returns the folder that holds `pulumi` and `pulumi-language-nodejs`
 * @throws LabError where there is no Go, or the modules cannot be fetched
 */
export async function buildEngine(cache: string, report: Report): Promise<string> {
  const finished = placeOf(cache);
  const bin = path.join(finished, 'bin');
  if (existsSync(bin)) return bin;
  await requireGo();
  const waiting = (): void => {
    report('waiting for another build of the Pulumi engine');
  };
  await withLock(`${finished}.lock`, waiting, async () => {
    if (!existsSync(bin)) await buildInto(finished, report);
  });
  return bin;
}

/** The folder of an engine that was built before. */
export function findBuiltEngine(cache: string): string | undefined {
  const bin = path.join(placeOf(cache), 'bin');
  return existsSync(bin) ? bin : undefined;
}

function placeOf(cache: string): string {
  return path.join(cache, `engine-${fingerprint()}`);
}

function fingerprint(): string {
  const hash = createHash('sha256').update(JSON.stringify(tools)).update(process.arch);
  for (const tool of tools) {
    for (const file of ['go.mod', 'go.sum'])
      hash.update(readFileSync(path.join(import.meta.dirname, tool.folder, file)));
  }
  return hash.digest('hex').slice(0, 12);
}

async function requireGo(): Promise<void> {
  if ((await tryRun(['go', 'version'])).code === 0) return;
  throw new LabError(
    'There is no Pulumi CLI here: none on PATH, its download site cannot be reached, and without Go it cannot be built.\n' +
      '  what to do: install the CLI (https://www.pulumi.com/docs/install/), or Go 1.21 or newer',
  );
}

/** Built beside its place and then renamed: whoever sees the folder sees it whole. */
async function buildInto(finished: string, report: Report): Promise<void> {
  mkdirSync(path.dirname(finished), { recursive: true });
  const unfinished = mkdtempSync(`${finished}.unfinished-`);
  try {
    // Another user of the workstation runs it, too.
    chmodSync(unfinished, 0o755);
    for (const tool of tools) await build(tool, path.join(unfinished, 'bin'), report);
    renameSync(unfinished, finished);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

async function build(tool: GoTool, bin: string, report: Report): Promise<void> {
  const cwd = path.join(import.meta.dirname, tool.folder);
  mkdirSync(bin, { recursive: true });
  report(`fetching the sources of ${tool.name}`);
  const packages = (await run(['go', 'list', '-deps', 'tool'], { cwd, onLine: everySoOften(report, tool.name) }))
    .stdout;
  const total = packages.split('\n').length;
  report(`compiling ${tool.name}: ${String(total)} packages, some minutes the first time`);
  let compiled = 0;
  const progress = everySoOften(report, tool.name);
  const onLine = (): void => {
    progress(`${String((compiled += 1))} of at most ${String(total)} packages compiled`);
  };
  // -v names each package as it is compiled: the only progress that Go shows.
  await run(['go', 'build', '-v', '-trimpath', ...tool.flags, '-o', `${bin}/`, 'tool'], { cwd, onLine });
}

function everySoOften(report: Report, name: string): (line: string) => void {
  let last = Date.now();
  return (line) => {
    if (Date.now() - last < 5000) return;
    last = Date.now();
    report(`${name}: ${line}`);
  };
}
