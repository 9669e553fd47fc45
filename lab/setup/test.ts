import { mkdtempSync, readFileSync, rmSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { exitCode } from '../run.ts';

/** Kinds of tests that are run if none is asked for, from quick to slow; also the names of jest's projects. */
const usual = ['unit', 'contract', 'lab'];
/**
 * Too long to be run each time: the documents' own commands, whole fleets, and faults in the middle of deployments, which are
 * waited for. Test files of the kinds in one line run side by side, in so many labs: they mostly wait, so more of them than
 * processors still gain.
 */
const long = [
  { kinds: ['documents', 'fleet'], labs: 2 },
  { kinds: ['faults'], labs: 3 },
];
const all = [...usual, ...long.flatMap(({ kinds }) => kinds)];

/** The part of jest's --json report that is used here. */
interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
}

interface Result {
  /** Of jest. */
  readonly code: number;
  readonly passed: number;
  readonly failed: number;
}

/**
 * Runs jest, one test file after the other: they share two processors and one kernel. Only those that have labs of their own
 * run side by side, and after the others. Its last line is `N passed, N failed`.
 *
 * @param args kinds of tests (default: unit, contract and lab), then options for jest
 * @returns jest's exit code
 */
async function test(args: readonly string[]): Promise<number> {
  const asked = args.filter((arg) => all.includes(arg));
  const options = args.filter((arg) => !asked.includes(arg));
  const wanted = asked.length === 0 ? usual : asked;
  const inBand = usual.filter((kind) => wanted.includes(kind));
  const results: Result[] = [];
  if (inBand.length > 0) results.push(await jest(['--runInBand', ...options, '--selectProjects', ...inBand]));
  for (const { kinds, labs } of long) {
    const here = kinds.filter((kind) => wanted.includes(kind));
    if (here.length > 0)
      results.push(await jest([`--maxWorkers=${String(labs)}`, ...options, '--selectProjects', ...here]));
  }
  const sum = (count: 'passed' | 'failed') => String(results.reduce((total, result) => total + result[count], 0));
  process.stdout.write(`${sum('passed')} passed, ${sum('failed')} failed\n`);
  return results.find(({ code }) => code !== 0)?.code ?? 0;
}

/** With --json, jest writes its report to the file and everything for people to standard error. */
async function jest(args: readonly string[]): Promise<Result> {
  const directory = mkdtempSync(path.join(tmpdir(), 'nixos-pi-test-'));
  try {
    const report = path.join(directory, 'report.json');
    const program = path.join(import.meta.dirname, '../../node_modules/jest/bin/jest.js');
    const node = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
    const argv = [...node, program, ...args, '--json', `--outputFile=${report}`];
    const streams = { stdin: 'ignore', stdout: 'ignore', stderr: 'inherit' } as const;
    const code = exitCode(await execa(process.execPath, argv, { reject: false, ...streams }));
    return { code, ...counts(report) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A test file that cannot even be loaded counts as one failure; so does a jest that ends without a report. */
function counts(report: string): Omit<Result, 'code'> {
  if (!existsSync(report)) return { passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(
    readFileSync(report, 'utf8'),
  ) as JestReport;
  return { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites };
}

process.exitCode = await test(process.argv.slice(2));
