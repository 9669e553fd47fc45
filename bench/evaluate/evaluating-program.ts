// Runs on the workstation: evaluates the configurations that its arguments name, as a Pulumi program does, and prints as JSON
// what came of it. With MEASURE_MEMORY set it looks at its evaluations while they run.
import { readFileSync } from 'node:fs';
import { nixConfiguration } from '../../provider/nix/configuration.ts';
import { evaluateSystem } from '../../provider/nix/evaluate.ts';

/** What the evaluations took at their worst moment. */
export interface Peak {
  readonly evaluations: number;
  readonly bytes: number;
}

/** What this program prints. */
export interface Evaluated {
  readonly drvPaths: readonly string[];
  readonly peak: Peak;
}

const peak = { evaluations: 0, bytes: 0 };
const timer = process.env['MEASURE_MEMORY'] === undefined ? undefined : setInterval(look, 20);
const evaluations = process.argv.slice(2).map(async (configuration) => {
  const { drvPath } = await evaluateSystem(nixConfiguration({ configuration }, process.cwd()), () => undefined);
  return drvPath;
});
const drvPaths = await Promise.all(evaluations);
const result: Evaluated = { drvPaths, peak };
clearInterval(timer);
process.stdout.write(JSON.stringify(result));

function look(): void {
  const pid = String(process.pid);
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  const sizes = children.map(residentBytes).filter((bytes) => bytes > 0);
  peak.evaluations = Math.max(peak.evaluations, sizes.length);
  peak.bytes = Math.max(
    peak.bytes,
    sizes.reduce((sum, bytes) => sum + bytes, 0),
  );
}

/** 0 for a process that has just ended. */
function residentBytes(pid: string): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
