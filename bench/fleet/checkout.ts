import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import PQueue from 'p-queue';
import { LabError } from '../../lab/errors.ts';
import type { Lab } from '../../lab/lab.ts';
import { newPackage } from '../deploy/changes.ts';
import { lightPi, login } from './light-pi.ts';
import { type ShelfPi, succeed } from './shelf.ts';

/** How many stacks at a time, for each contestant that has stacks. */
export const parallel = 4;

/** A checkout of this project in which each Pi of the shelf is a stack, and what they share is in hosts/common. */
export class Checkout {
  readonly directory: string;
  readonly pis: readonly ShelfPi[];
  readonly #lab: Lab;

  private constructor(lab: Lab, directory: string, pis: readonly ShelfPi[]) {
    this.#lab = lab;
    this.directory = directory;
    this.pis = pis;
  }

  /** As a person makes it: `pi adopt` for each, and a first `fleet up`. */
  static async make(lab: Lab, pis: readonly ShelfPi[]): Promise<Checkout> {
    const checkout = new Checkout(lab, checkoutFiles(lab, 'shelf'), pis);
    const [first, ...others] = pis;
    if (first !== undefined) await checkout.#adopt(first);
    const queue = new PQueue({ concurrency: parallel });
    await queue.addAll(others.map((pi) => () => checkout.#adopt(pi)));
    checkout.#share('');
    // No card is among them; so nobody has to be asked whether one wants to be written.
    await checkout.command('fleet', 'up', '--flash', '--parallel', String(parallel));
    return checkout;
  }

  /** Runs one of this project's commands. */
  command(name: string, ...args: string[]): Promise<string> {
    return succeed(this.#lab, ['node', `commands/${name}/main.ts`, ...args], { cwd: this.directory });
  }

  /**
   * Changes what all Pis share: puts a package that none of them has in the place of the one before. The systems of those that are
   * named are built, because that takes the same time whoever deploys them.
   *
   * @returns their store paths
   */
  async change(pis = this.pis): Promise<string[]> {
    this.#share(`environment.systemPackages = [ ${newPackage(`bench-${String(Date.now())}`)} ];`);
    const list = pis.map(({ name }) => `(system ${this.folder(name)}/configuration.nix)`);
    const system =
      'system = configuration: (import <nixpkgs/nixos> { inherit configuration; }).config.system.build.toplevel';
    const argv = ['nix-build', '--no-out-link', '-E', `let ${system}; in [ ${list.join(' ')} ]`];
    return (await succeed(this.#lab, argv)).trim().split('\n');
  }

  /** @throws LabError when a Pi runs anything else */
  async mustRun(storePaths: readonly string[], pis = this.pis): Promise<void> {
    const running = await Promise.all(pis.map(({ name }) => this.running(name)));
    if (running.join() !== storePaths.join())
      throw new LabError(`the Pis run ${running.join(', ')}, not ${storePaths.join(', ')}`);
  }

  async running(name: string): Promise<string> {
    const { code, stdout, stderr } = await this.#lab.pi(name).console(['readlink', '/run/current-system']);
    if (code !== 0) throw new LabError(`what ${name} runs could not be read: ${stderr}`);
    return stdout;
  }

  /** Of a Pi's configuration. */
  folder(name: string): string {
    return path.join(this.directory, 'hosts', name);
  }

  async #adopt({ name, hostKey }: ShelfPi): Promise<void> {
    await this.command('pi', 'adopt', name, '--user', login, '--host-key', hostKey);
    const common = path.join(this.directory, 'hosts/common/default.nix');
    const text = readFileSync(common, 'utf8');
    if (!text.includes('./change.nix'))
      writeFileSync(common, text.replace('\n{\n', '\n{\n  imports = [ ./change.nix ];\n'));
  }

  #share(line: string): void {
    const text = `{ lib, pkgs, ... }:\n{\n  ${[...lightPi, line].join('\n  ')}\n}\n`;
    writeFileSync(path.join(this.directory, 'hosts/common/change.nix'), text);
  }
}

/** A folder with this project's program, provider and commands; without hosts. */
export function checkoutFiles(lab: Lab, name: string): string {
  const directory = path.join(lab.instance.directory, 'bench', name);
  mkdirSync(directory, { recursive: true });
  const source = (file: string): string => path.join(lab.instance.project, file);
  for (const file of ['Pulumi.yaml', 'package.json', 'index.ts']) cpSync(source(file), path.join(directory, file));
  for (const folder of ['provider', 'card-writer', 'components', 'commands', 'node_modules'])
    symlinkSync(source(folder), path.join(directory, folder));
  return directory;
}
