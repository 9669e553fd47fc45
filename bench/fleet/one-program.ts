import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Lab } from '../../lab/lab.ts';
import { type Checkout, checkoutFiles } from './checkout.ts';
import { login } from './light-pi.ts';
import { type ShelfPi, succeed } from './shelf.ts';

const program = `import { readFileSync } from 'node:fs';
import * as pulumi from '@pulumi/pulumi';
import { RaspberryPi } from './components/raspberry-pi.ts';

interface Pi {
  readonly name: string;
  readonly hostKey: string;
  readonly folder: string;
}

for (const { name, hostKey, folder } of JSON.parse(readFileSync(\`\${pulumi.getStack()}.json\`, 'utf8')) as Pi[])
  new RaspberryPi(name, {
    host: \`\${name}.local\`,
    user: '${login}',
    hostKey,
    configuration: \`\${folder}/configuration.nix\`,
    hardwareConfiguration: { path: \`\${folder}/hardware-configuration.nix\` },
    deployment: { adopt: true },
  });
`;

const settings = `name: one-program
main: index.ts
runtime:
  name: nodejs
  options:
    typescript: false
    nodeargs: --require=./provider/dynamic/require-node.cjs
`;

/** One stack with several Pis in its program, which deploys what the checkout's hosts are to run. */
export class OneProgram {
  readonly #lab: Lab;
  readonly #directory: string;
  readonly #stack: string;

  private constructor(lab: Lab, directory: string, stack: string) {
    this.#lab = lab;
    this.#directory = directory;
    this.#stack = stack;
  }

  static async make(lab: Lab, checkout: Checkout, pis: readonly ShelfPi[]): Promise<OneProgram> {
    const stack = `of-${String(pis.length)}`;
    const directory = checkoutFiles(lab, stack);
    writeFileSync(path.join(directory, 'Pulumi.yaml'), settings);
    writeFileSync(path.join(directory, 'index.ts'), program);
    writeFileSync(
      path.join(directory, `${stack}.json`),
      JSON.stringify(pis.map((pi) => ({ ...pi, folder: checkout.folder(pi.name) }))),
    );
    const one = new OneProgram(lab, directory, stack);
    await one.#pulumi('stack', 'init', stack, '--no-select');
    await one.update({ preview: false });
    return one;
  }

  /** With a preview before it, as one types it; or without. */
  async update({ preview }: { readonly preview: boolean }): Promise<void> {
    await this.#pulumi('up', '--yes', ...(preview ? [] : ['--skip-preview']), '--stack', this.#stack);
  }

  async #pulumi(...args: string[]): Promise<void> {
    await succeed(this.#lab, ['pulumi', ...args, '--non-interactive', '--color', 'never'], { cwd: this.#directory });
  }
}
