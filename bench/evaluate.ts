import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { LabError } from '../lab/errors.ts';
import type { Lab } from '../lab/lab.ts';
import { reportToStderr } from '../lab/report.ts';
import { writeConfigurations } from './evaluate/configurations.ts';
import type { Evaluated } from './evaluate/evaluating-program.ts';
import { withBenchLab } from './lab.ts';
import { describeRatio, describeTimes, takeTurns, timeOf } from './measure.ts';
import type { Bound } from './measure.ts';

const hostCount = 10;
/** So that an evaluation takes over a second and some hundred MB: still less than with the real nixpkgs. */
const steps = 2_500_000;
const bound: Bound = { text: 'at most 1.3 times', limit: (theirs) => 1.3 * theirs };
const gibibyte = 1024 ** 3;

/** The least that a person asks Nix for the same derivation. */
const expression = '(import <nixpkgs/nixos> { configuration = <nixos-config>; }).config.system.build.toplevel';

/** Times the first evaluation of ten hosts by one program, and by Nix' own commands. Prints; asserts nothing. */
export async function evaluateBench(rounds: number): Promise<void> {
  await withBenchLab(async (lab) => {
    const directory = path.join(lab.instance.directory, 'bench/hosts');
    mkdirSync(directory, { recursive: true });
    const heavy = new Evaluations(lab, directory, steps);
    await heavy.mustAgree();
    const lines = await compare(heavy, rounds);
    lines.push(await heavy.memory(), 'for information, hosts that take Nix a fifth of a second:');
    lines.push(...(await compare(new Evaluations(lab, directory, 0), rounds)).slice(0, 2));
    process.stdout.write(`${lines.join('\n')}\n`);
  });
}

async function compare(run: Evaluations, rounds: number): Promise<string[]> {
  reportToStderr(`${String(rounds)} evaluations of ${String(hostCount)} hosts by each, by turns`);
  const [ours, theirs] = await takeTurns(
    [
      { name: 'one program', run: () => run.timeOfProgram() },
      { name: 'nix-instantiate under xargs', run: () => run.timeOfCommands() },
    ],
    rounds,
  );
  return [describeTimes(ours), describeTimes(theirs), describeRatio(ours, theirs, bound)];
}

/** Every round has new hosts, which no cache knows. */
class Evaluations {
  readonly #lab: Lab;
  readonly #directory: string;
  readonly #steps: number;

  constructor(lab: Lab, directory: string, steps: number) {
    this.#lab = lab;
    this.#directory = directory;
    this.#steps = steps;
  }

  /** @throws LabError when the two are not about the same */
  async mustAgree(): Promise<void> {
    const files = this.#newHosts();
    const { drvPaths } = await this.#program(files);
    const answers = (await this.#commands(files)).trim().split('\n');
    if (drvPaths.toSorted().join() !== answers.toSorted().join())
      throw new LabError(`the program says ${drvPaths.join(', ')}; Nix says ${answers.join(', ')}`);
  }

  async timeOfProgram(): Promise<number> {
    const files = this.#newHosts();
    return await timeOf(() => this.#program(files));
  }

  async timeOfCommands(): Promise<number> {
    const files = this.#newHosts();
    return await timeOf(() => this.#commands(files));
  }

  async memory(): Promise<string> {
    const { peak } = await this.#program(this.#newHosts(), { MEASURE_MEMORY: '1' });
    const verdict = peak.bytes <= peak.evaluations * gibibyte ? 'kept' : 'BROKEN';
    const size = `${(peak.bytes / 1024 ** 2).toFixed(0)} MiB`;
    return `at most ${String(peak.evaluations)} evaluations at a time, ${size} together; promised: 1 GiB for each: ${verdict}`;
  }

  #newHosts(): string[] {
    return writeConfigurations(this.#directory, hostCount, this.#steps);
  }

  async #program(files: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Evaluated> {
    // As Pulumi.yaml has every program begin.
    const preloaded = path.join(this.#lab.instance.project, 'provider/dynamic/require-node.cjs');
    const program = path.join(this.#lab.instance.project, 'bench/evaluate/evaluating-program.ts');
    return JSON.parse(await this.#succeed(['node', '--require', preloaded, program, ...files], env)) as Evaluated;
  }

  async #commands(files: readonly string[]): Promise<string> {
    const parallel = ['xargs', '-P', String(availableParallelism()), '-I', '{}', '--'];
    const evaluate = ['nix-instantiate', '-I', 'nixos-config={}', '-E', expression];
    return await this.#succeed([...parallel, ...evaluate], {}, files.join('\n'));
  }

  async #succeed(argv: readonly string[], env: Readonly<Record<string, string>>, stdin = ''): Promise<string> {
    const { code, stdout, stderr } = await this.#lab.exec(argv, { cwd: this.#directory, env, stdin });
    if (code !== 0) throw new LabError(`${argv.join(' ')} ended with ${String(code)}:\n${stderr}`);
    return stdout;
  }
}
