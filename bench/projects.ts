import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { LabError } from '../lab/errors.ts';
import type { Lab } from '../lab/lab.ts';

/** A Pulumi project on the lab's workstation, with a stack. */
export interface Project {
  readonly directory: string;
  readonly stack: string;
}

/** A checkout of this project, with the lab's Pi as its stack. Its program takes no checks: they are another plugin's time. */
export async function piProject(lab: Lab): Promise<Project> {
  const project = emptyProject(lab, 'pi', 'lab');
  mkdirSync(at(project, 'hosts/lab'), { recursive: true });
  const source = (name: string): string => path.join(lab.instance.project, name);
  for (const file of ['Pulumi.yaml', 'package.json', 'index.ts']) cpSync(source(file), at(project, file));
  for (const folder of ['components', 'provider']) symlinkSync(source(folder), at(project, folder));
  for (const file of ['sd-card.nix', 'configuration.nix', 'id_ed25519.pub'])
    cpSync(source(`hosts/lab/${file}`), at(project, `hosts/lab/${file}`));
  await pulumi(lab, project, ['stack', 'init', project.stack]);
  await pulumi(lab, project, ['config', 'set', 'user', 'pi']);
  await pulumi(lab, project, ['config', 'set', 'cardDevice', lab.card().device]);
  await pulumi(lab, project, ['config', 'set', '--path', 'cardAllow[0]', 'loop']);
  // A bench deploys to the Pi by other ways too.
  await pulumi(lab, project, ['config', 'set', 'adopt', 'true']);
  return project;
}

const idleProgram = `import * as pulumi from '@pulumi/pulumi';

const provider = { create: async (inputs) => ({ id: inputs.text, outs: inputs }) };

class Idle extends pulumi.dynamic.Resource {
  constructor(name, parent) {
    super(provider, name, { text: name }, { parent });
  }
}

const component = new pulumi.ComponentResource('bench:index:Idle', 'idle');
for (const name of ['one', 'two', 'three', 'four']) new Idle(name, component);
`;

/** Pulumi.yaml of a program in JavaScript. */
export const idleSettings = (name: string): string => `name: ${name}
main: index.mjs
runtime:
  name: nodejs
  options:
    typescript: false
    nodeargs: '--disable-warning=DEP0180'
`;

/** As many dynamic resources below a component, none of which does anything. */
export async function idleProject(lab: Lab): Promise<Project> {
  const project = emptyProject(lab, 'idle', 'idle');
  writeFileSync(at(project, 'Pulumi.yaml'), idleSettings('idle'));
  writeFileSync(at(project, 'package.json'), '{ "name": "idle", "private": true }\n');
  writeFileSync(at(project, 'index.mjs'), idleProgram);
  await pulumi(lab, project, ['stack', 'init', project.stack]);
  return project;
}

export async function deployProject(lab: Lab, project: Project): Promise<void> {
  await pulumi(lab, project, ['up', '--yes', '--skip-preview']);
}

/** @throws LabError when there is anything to do: then it is not this that was to be measured */
export async function previewNothing(lab: Lab, project: Project, env: Environment = {}): Promise<void> {
  await pulumi(lab, project, ['preview', '--expect-no-changes'], env);
}

function emptyProject(lab: Lab, name: string, stack: string): Project {
  const directory = path.join(lab.instance.directory, 'bench', name);
  mkdirSync(directory, { recursive: true });
  symlinkSync(path.join(lab.instance.project, 'node_modules'), path.join(directory, 'node_modules'));
  return { directory, stack };
}

function at({ directory }: Project, name: string): string {
  return path.join(directory, name);
}

type Environment = Readonly<Record<string, string>>;

async function pulumi(
  lab: Lab,
  { directory, stack }: Project,
  args: readonly string[],
  env: Environment = {},
): Promise<void> {
  const argv = ['pulumi', ...args, '--non-interactive', '--color', 'never'];
  // The workstation has one selected stack for all of its projects of a name; `stack init` names its own.
  if (args[0] !== 'stack') argv.push('--stack', stack);
  const { code, stdout, stderr } = await lab.exec(argv, { cwd: directory, env });
  if (code !== 0) throw new LabError(`${argv.join(' ')} ended with ${String(code)}:\n${stdout}\n${stderr}`);
}
