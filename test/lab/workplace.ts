import { z } from 'zod';
import type { Lab } from '../../lab/lab.ts';
import { tryRun } from '../../lab/run.ts';
import type { RunResult } from '../../lab/run.ts';
import { insideWorkstation } from '../../lab/workstation/environment.ts';

const outcomes = z.array(z.object({ stack: z.string(), result: z.string(), reason: z.string().optional() }));
const statuses = z.array(z.object({ stack: z.string(), standing: z.string() }));

/** The workstation has no npm: what its scripts of package.json run. */
const npm = 'npm() { local name=$2; shift 2; [ "$1" != -- ] || shift; node "commands/$name/main.ts" "$@"; }';

/** Where somebody works: a checkout, an environment, and the machine around it. */
export class Workplace {
  readonly directory: string;
  readonly #lab: Lab;
  readonly #around: readonly string[];
  env: Readonly<Record<string, string>>;

  /** @param around argv before each command, which makes the machine another one */
  constructor(lab: Lab, directory: string, env: Readonly<Record<string, string>>, around: readonly string[] = []) {
    this.#lab = lab;
    this.directory = directory;
    this.env = env;
    this.#around = around;
  }

  /** The same place with some other variables. */
  with(env: Readonly<Record<string, string>>): Workplace {
    return new Workplace(this.#lab, this.directory, { ...this.env, ...env }, this.#around);
  }

  /** Runs commands as a person would type them. */
  async type(
    commands: string,
    options: { readonly stdin?: string; readonly onLine?: (line: string) => void } = {},
  ): Promise<RunResult> {
    const argv = [...this.#around, 'bash', '-euc', `${npm}\n${commands}`];
    return tryRun(insideWorkstation(this.#lab.machine(), argv, { cwd: this.directory, env: this.env }), options);
  }

  /** Like `type`, but has to succeed; returns what was printed. */
  async succeed(commands: string, stdin?: string): Promise<string> {
    const { code, stdout, stderr } = await this.type(commands, stdin === undefined ? {} : { stdin });
    if (code !== 0) throw new Error(`${commands}\nended with ${String(code)}:\n${stdout}\n${stderr}`);
    return stdout.trim();
  }

  /** Runs commands and goes on with the variables that they export. */
  async enter(commands: string): Promise<void> {
    const printed = await this.succeed(`${commands}\nenv --null --unset=_ --unset=SHLVL --unset=PWD`);
    const pairs = printed.split('\0').filter((pair) => pair.startsWith('PULUMI_'));
    this.env = { ...this.env, ...Object.fromEntries(pairs.map(assignment)) };
  }

  /** What a command for the fleet says of each stack. */
  async fleet(args: string): Promise<{ code: number; results: Record<string, string>; text: string }> {
    const { code, stdout, stderr } = await this.type(`npm run fleet -- ${args} --json`);
    const found = stdout.startsWith('[') ? outcomes.parse(JSON.parse(stdout)) : [];
    const results = Object.fromEntries(found.map(({ stack, result }) => [stack, result]));
    return { code, results, text: `${stdout}\n${stderr}` };
  }

  async standings(): Promise<Record<string, string>> {
    const found = statuses.parse(JSON.parse(await this.succeed('npm run fleet -- status --json')));
    return Object.fromEntries(found.map(({ stack, standing }) => [stack, standing]));
  }
}

function assignment(pair: string): [string, string] {
  const end = pair.indexOf('=');
  return [pair.slice(0, end), pair.slice(end + 1)];
}
