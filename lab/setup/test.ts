import { mkdtempSync, readFileSync, rmSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { exitCode } from '../run.ts';

/** Kinds of tests that are run if none is asked for, from quick to slow; also the names of jest's projects. */
const usual = ['unit', 'contract', 'lab'];
/** Faults in the middle of deployments are waited for: too long to be run each time. */
const kinds = [...usual, 'faults'];

/** The part of jest's --json report that is used here. */
interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
}

/**
 * Runs jest, one test file after the other: they share two processors and one kernel. Its last line is `N passed, N failed`.
 *
 * @param args kinds of tests (default: unit, contract and lab), then options for jest
 * @returns jest's exit code
 */
async function test(args: readonly string[]): Promise<number> {
  const directory = mkdtempSync(path.join(tmpdir(), 'nixos-pi-test-'));
  try {
    const report = path.join(directory, 'report.json');
    const code = await jest([...selection(args), '--json', `--outputFile=${report}`]);
    process.stdout.write(`${summaryLine(report)}\n`);
    return code;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function selection(args: readonly string[]): string[] {
  const selected = args.filter((arg) => kinds.includes(arg));
  const options = args.filter((arg) => !kinds.includes(arg));
  return ['--runInBand', ...options, '--selectProjects', ...(selected.length === 0 ? usual : selected)];
}

/** With --json, jest writes its report to the file and everything for people to standard error. */
async function jest(args: readonly string[]): Promise<number> {
  const program = path.join(import.meta.dirname, '../../node_modules/jest/bin/jest.js');
  const node = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const streams = { stdin: 'ignore', stdout: 'ignore', stderr: 'inherit' } as const;
  return exitCode(await execa(process.execPath, [...node, program, ...args], { reject: false, ...streams }));
}

/** A test file that cannot even be loaded counts as one failure. */
function summaryLine(report: string): string {
  if (!existsSync(report)) return '0 passed, 1 failed';
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(
    readFileSync(report, 'utf8'),
  ) as JestReport;
  return `${String(numPassedTests)} passed, ${String(numFailedTests + numRuntimeErrorTestSuites)} failed`;
}

process.exitCode = await test(process.argv.slice(2));
