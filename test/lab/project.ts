import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { installEngine } from '../../lab/engine/install.ts';
import type { Lab } from '../../lab/lab.ts';
import { reportToStderr } from '../../lab/report.ts';

const root = path.join(import.meta.dirname, '../..');

/** One step of a plan, as `pulumi preview --json` tells it. */
const plan = z.object({
  steps: z
    .array(
      z.object({
        op: z.string(),
        urn: z.string(),
        oldState: z.object({ inputs: z.record(z.string(), z.unknown()).optional() }).optional(),
        newState: z.object({ inputs: z.record(z.string(), z.unknown()).optional() }).optional(),
      }),
    )
    .default([]),
});

const deployment = z.object({
  deployment: z.object({
    resources: z
      .array(
        z.object({
          urn: z.string(),
          type: z.string(),
          id: z.string().optional(),
          created: z.string().optional(),
          inputs: z.record(z.string(), z.unknown()).default({}),
          outputs: z.record(z.string(), z.unknown()).default({}),
        }),
      )
      .default([]),
  }),
});

export interface Output {
  readonly code: number;
  /** What it printed to either stream. */
  readonly text: string;
}

export interface PlannedStep {
  readonly op: string;
  /** The last part of the type, for example NixosDeployment. */
  readonly resource: string;
  readonly oldInputs: Record<string, unknown>;
  readonly newInputs: Record<string, unknown>;
}

/**
 * A person's checkout of this project on the lab's workstation: Nix files of its own, the provider of this checkout. A test
 * may edit it as it likes.
 */
export class Project {
  readonly directory: string;
  readonly #lab: Lab;
  readonly env: Readonly<Record<string, string>>;
  readonly #transcript: string[] = [];

  private constructor(lab: Lab, directory: string, env: Readonly<Record<string, string>>) {
    this.#lab = lab;
    this.directory = directory;
    this.env = env;
  }

  static async make(
    lab: Lab,
    name = 'project',
    stack = 'lab',
    env: Readonly<Record<string, string>> = {},
  ): Promise<Project> {
    const directory = path.join(lab.instance.directory, name);
    await rm(directory, { recursive: true, force: true });
    await mkdir(path.join(directory, 'hosts'), { recursive: true });
    for (const file of ['Pulumi.yaml', 'package.json', 'index.ts'])
      await cp(path.join(root, file), path.join(directory, file));
    for (const folder of ['provider', 'card-writer', 'components', 'commands', 'node_modules']) {
      await symlink(path.join(root, folder), path.join(directory, folder));
    }
    await cp(path.join(root, 'hosts/lab'), path.join(directory, 'hosts/lab'), { recursive: true });
    await rm(path.join(directory, 'hosts/lab/hardware-configuration.nix'), { force: true });
    const project = new Project(lab, directory, env);
    // The lab of a worker that is not the first.
    if (!existsSync(path.join(lab.instance.directory, 'bin/pulumi'))) await installEngine(lab.instance, reportToStderr);
    await project.succeed('stack', 'init', stack);
    return project;
  }

  /** A checkout that was made before, with its stack. */
  static at(lab: Lab, name: string, env: Readonly<Record<string, string>> = {}): Project {
    return new Project(lab, path.join(lab.instance.directory, name), env);
  }

  /** Runs `pulumi …` in the checkout, as a person would at the workstation. */
  async pulumi(...args: string[]): Promise<Output> {
    const { stdout, stderr, code } = await this.#lab.exec(
      ['pulumi', ...args, '--non-interactive', '--color', 'never'],
      {
        cwd: this.directory,
        env: this.env,
      },
    );
    const text = `${stdout}\n${stderr}`;
    this.#transcript.push(text);
    return { code, text };
  }

  /** Runs any other program in the checkout; it has to succeed. */
  async run(...argv: string[]): Promise<string> {
    const { stdout, stderr, code } = await this.#lab.exec(argv, { cwd: this.directory, env: this.env });
    if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${String(code)}:\n${stderr}`);
    return stdout.trim();
  }

  /** Like `pulumi`, but has to succeed. */
  async succeed(...args: string[]): Promise<string> {
    const { code, text } = await this.pulumi(...args);
    if (code !== 0) throw new Error(`pulumi ${args.join(' ')} ended with ${String(code)}:\n${text}`);
    return text;
  }

  up(): Promise<string> {
    return this.succeed('up', '--yes', '--skip-preview');
  }

  /** What a preview would do, without the stack and what stays as it is. */
  async changes(): Promise<PlannedStep[]> {
    const { stdout, stderr, code } = await this.#lab.exec(['pulumi', 'preview', '--json', '--non-interactive'], {
      cwd: this.directory,
      env: this.env,
    });
    if (code !== 0) throw new Error(`pulumi preview ended with ${String(code)}:\n${stdout}\n${stderr}`);
    return plan
      .parse(JSON.parse(stdout))
      .steps.filter(({ op }) => op !== 'same')
      .map(({ op, urn, oldState, newState }) => ({
        op,
        resource: /([\w]+)::[^:]+$/.exec(urn)?.[1] ?? urn,
        oldInputs: oldState?.inputs ?? {},
        newInputs: newState?.inputs ?? {},
      }))
      .filter(({ resource }) => resource !== 'Stack');
  }

  /** The resources in the state, in the order of their creation. */
  async state() {
    const { stdout } = await this.#lab.exec(['pulumi', 'stack', 'export'], { cwd: this.directory, env: this.env });
    return deployment.parse(JSON.parse(stdout)).deployment.resources;
  }

  /** Inputs and outputs of one resource in the state. */
  async recorded(resource: string): Promise<Record<string, unknown>> {
    const found = await this.recordedOrNone(resource);
    if (found === undefined) throw new Error(`no ${resource} in the state`);
    return found;
  }

  /** Undefined where the state has none of that type. */
  async recordedOrNone(resource: string): Promise<Record<string, unknown> | undefined> {
    return (await this.state()).find(({ type }) => type.endsWith(`:${resource}`))?.outputs;
  }

  async edit(file: string, change: (text: string) => string): Promise<void> {
    const at = path.join(this.directory, file);
    const before = await readFile(at, 'utf8');
    const after = change(before);
    if (after === before) throw new Error(`the edit of ${file} changes nothing`);
    await writeFile(at, after);
  }

  async write(file: string, text: string): Promise<void> {
    await writeFile(path.join(this.directory, file), text);
  }

  /** All that any command printed so far. */
  transcript(): string {
    return this.#transcript.join('\n');
  }

  /** The stack's config as the lab's Pi needs it. */
  async configure(device: string): Promise<void> {
    await this.succeed('config', 'set', 'user', 'pi');
    await this.succeed('config', 'set', 'cardDevice', device);
    await this.succeed('config', 'set', '--path', 'cardAllow[0]', 'loop');
    await this.succeed('config', 'set', '--path', 'checks[0]', 'nvim --version');
  }
}
