import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Lab } from '../../lab/lab.ts';
import { idleSettings } from '../projects.ts';
import { parallel } from './checkout.ts';
import { succeed } from './shelf.ts';

const program = `import * as pulumi from '@pulumi/pulumi';

const done = async (inputs) => ({ outs: inputs });

class Trivial extends pulumi.dynamic.Resource {}

new Trivial({ create: async (inputs) => ({ id: 'trivial', outs: inputs }), update: (_id, _olds, news) => done(news) }, 'trivial', {
  text: process.env.TRIVIAL_TEXT,
});
`;

/** As many stacks as there are Pis, each of one dynamic resource, which does nothing; as `xargs -P` updates them. */
export class TrivialStacks {
  readonly #lab: Lab;
  readonly #directory: string;
  readonly #names: readonly string[];

  private constructor(lab: Lab, directory: string, names: readonly string[]) {
    this.#lab = lab;
    this.#directory = directory;
    this.#names = names;
  }

  static async make(lab: Lab, names: readonly string[]): Promise<TrivialStacks> {
    const directory = path.join(lab.instance.directory, 'bench/trivial');
    mkdirSync(directory, { recursive: true });
    symlinkSync(path.join(lab.instance.project, 'node_modules'), path.join(directory, 'node_modules'));
    writeFileSync(path.join(directory, 'Pulumi.yaml'), idleSettings('trivial'));
    writeFileSync(path.join(directory, 'package.json'), '{ "name": "trivial", "private": true }\n');
    writeFileSync(path.join(directory, 'index.mjs'), program);
    const stacks = new TrivialStacks(lab, directory, names);
    await stacks.#each('stack', 'init', '--no-select', '{}');
    await stacks.update();
    return stacks;
  }

  /** One `pulumi up` for each, as many at a time as the fleet has; each changes its resource. */
  async update(): Promise<void> {
    await this.#each('up', '--yes', '--skip-preview', '--stack', '{}');
  }

  async #each(...args: string[]): Promise<void> {
    const xargs = ['xargs', '-P', String(parallel), '-I', '{}', '--'];
    const argv = [...xargs, 'pulumi', ...args, '--non-interactive', '--color', 'never'];
    const env = { TRIVIAL_TEXT: String(Date.now()) };
    await succeed(this.#lab, argv, { cwd: this.#directory, env, stdin: this.#names.join('\n') });
  }
}
