import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { Lab } from '../../lab/lab.ts';
import type { BenchPi } from '../../lab/pi/pi.ts';
import { askPi, eventually, tell } from './pi-facts.ts';
import type { PiFacts } from './pi-facts.ts';
import { Project } from './project.ts';

const name = 'ready';

/** A program with one resource, whose arguments are in a file. */
const program = `
import { readFileSync } from 'node:fs';
import { NixosDeployment, type NixosDeploymentArgs } from './provider/resources/index.ts';

const args = JSON.parse(readFileSync('deployment.json', 'utf8')) as NixosDeploymentArgs;
export const deployment = new NixosDeployment('deployment', args);
`;

const factsSchema = z.object({
  /** The public part of the Pi's host key. */
  hostKey: z.string(),
  /** The system that it runs, deployed by the stack in the state. */
  storePath: z.string(),
  machineId: z.string(),
});

type Facts = z.infer<typeof factsSchema>;

/**
 * A Pi that runs, and a stack that deployed to it: where tests of deployments start from. It is made once for each lab, in
 * about half a minute, without image and card resources: they have tests of their own. Each `restore` takes seconds.
 */
export class ReadyPi {
  readonly lab: Lab;
  readonly pi: BenchPi;
  readonly project: Project;
  readonly #saved: string;
  readonly #built = new Map<string, string>();
  #facts: Facts | undefined;

  private constructor(lab: Lab, project: Project) {
    this.lab = lab;
    this.pi = lab.pi(name);
    this.project = project;
    this.#saved = path.join(lab.instance.directory, 'ready-saved');
  }

  static async make(): Promise<ReadyPi> {
    const lab = Lab.open();
    await lab.up([name]);
    const saved = path.join(lab.instance.directory, 'ready-saved');
    if (existsSync(path.join(saved, 'facts.json'))) {
      const ready = new ReadyPi(lab, Project.at(lab, name, quick(lab)));
      ready.#facts = factsSchema.parse(JSON.parse(await readFile(path.join(saved, 'facts.json'), 'utf8')));
      return ready;
    }
    const ready = new ReadyPi(lab, await Project.make(lab, name, name, quick(lab)));
    await mkdir(saved, { recursive: true });
    await ready.#prepareProject();
    await ready.#bootFromImage();
    await ready.#deployFirst();
    await ready.#save();
    return ready;
  }

  get facts(): Facts {
    if (this.#facts === undefined) throw new Error('the Pi is not ready yet');
    return this.#facts;
  }

  get connection() {
    return { host: this.pi.place.address, user: 'pi', hostKey: this.facts.hostKey };
  }

  /** Takes card and state back to what they were at first, and boots. What happened since then is forgotten. */
  async restore(): Promise<void> {
    const boot = async () => {
      await this.pi.powerCut();
      await this.lab.link(name, 'up');
      await this.#run(['cp', '--sparse=always', path.join(this.#saved, 'card.img'), this.pi.place.card]);
      await this.pi.powerOn();
      await eventually(() => askPi(this.pi));
    };
    await this.#endLeftOver();
    const state = ['stack', 'import', '--force', '--file', path.join(this.#saved, 'state.json')];
    await Promise.all([boot(), this.project.succeed(...state), this.want({})]);
  }

  /** Restores, unless the Pi and the state still are what they were at first. */
  async startOver(): Promise<void> {
    const { storePath } = this.facts;
    const found = await askPi(this.pi).catch(() => undefined);
    const asAtFirst = [found?.current, found?.profile, found?.boots].every((system) => system === storePath);
    if (!asAtFirst || (await this.state())['storePath'] !== storePath) await this.restore();
  }

  /** Sets the deployment's arguments: the connection, and these. The system is the first one where they name none. */
  async want(args: Readonly<Record<string, unknown>>, project = this.project): Promise<void> {
    const system = 'configuration' in args ? {} : { storePath: this.facts.storePath };
    const all = {
      connection: this.connection,
      connectTimeoutSeconds: 60,
      confirmTimeoutSeconds: 60,
      ...system,
      ...args,
    };
    await project.write('deployment.json', JSON.stringify(all));
  }

  /** Writes the configuration that has one of variants.nix' modules, and returns the name of its file. */
  configuration = async (variant: string): Promise<string> => {
    const file = `${variant}.nix`;
    const imports = `./hosts/lab/configuration.nix (import ./variants.nix).${variant}`;
    await this.project.write(file, `{ imports = [ ${imports} ]; }\n`);
    return file;
  };

  /** The store path of the system with one of variants.nix' modules, built on the workstation. */
  async system(variant: string): Promise<string> {
    const known = this.#built.get(variant);
    if (known !== undefined) return known;
    const configuration = `nixos-config=${path.join(this.project.directory, await this.configuration(variant))}`;
    const link = path.join(this.#saved, `system-${variant}`);
    const attribute = ['--attr', 'config.system.build.toplevel'];
    const built = await this.project.run('nix-build', '<nixpkgs/nixos>', ...attribute, '-I', configuration, '-o', link);
    this.#built.set(variant, built);
    return built;
  }

  /** Copies a system to the Pi as a person would, without this project. */
  async copyByHand(storePath: string): Promise<void> {
    const options = '-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null';
    const argv = [
      'env',
      `NIX_SSHOPTS=${options}`,
      'nix-copy-closure',
      '--to',
      `pi@${this.pi.place.address}`,
      storePath,
    ];
    await this.#run(argv);
  }

  /** A second Pi that runs what this one ran at first; it answers with the same host key. */
  async another(other: string): Promise<{ readonly connection: ReadyPi['connection'] }> {
    await this.lab.up([other]);
    const pi = this.lab.pi(other);
    await pi.powerCut();
    await this.#run(['cp', '--sparse=always', path.join(this.#saved, 'card.img'), pi.place.card]);
    await this.lab.card(other).insert('pi');
    await pi.powerOn();
    await eventually(() => askPi(pi));
    return { connection: { ...this.connection, host: pi.place.address } };
  }

  /** Another checkout, whose stack deploys to the same Pi; it wants at first what this one wants. */
  async otherStack(other: string): Promise<Project> {
    const env = quick(this.lab);
    const isMade = existsSync(path.join(this.lab.instance.directory, other));
    const project = isMade ? Project.at(this.lab, other, env) : await Project.make(this.lab, other, other, env);
    for (const file of ['Pulumi.yaml', 'index.ts', 'deployment.json']) {
      await project.write(file, await readFile(path.join(this.project.directory, file), 'utf8'));
    }
    return project;
  }

  /** The store path of a configuration, built or not. */
  async evaluate(configuration: string): Promise<string> {
    const nixosConfiguration = `nixos-config=${path.join(this.project.directory, configuration)}`;
    const attribute = ['--attr', 'config.system.build.toplevel.outPath'];
    const argv = ['nix-instantiate', '--eval', '<nixpkgs/nixos>', ...attribute, '-I', nixosConfiguration];
    return JSON.parse(await this.project.run(...argv)) as string;
  }

  /** Returns when the Pi does no deployment any more; asked at its keyboard, since its network may be cut. */
  async supervisorEnds(): Promise<void> {
    await eventually(async () => {
      const unit = 'pulumi-nixos-pi-deployment.service';
      const { stdout } = await this.pi.console(['systemctl', 'show', '-p', 'ActiveState', '--value', unit]);
      if (!/^(inactive|failed)$/.test(stdout)) throw new Error(`the supervisor on the Pi is ${stdout}`);
    });
  }

  async state(): Promise<Record<string, unknown>> {
    return this.project.recorded('NixosDeployment');
  }

  /** The facts, once the Pi answers. */
  async look(): Promise<PiFacts> {
    return eventually(() => askPi(this.pi));
  }

  /** A test that ran out of time leaves its deployment, and the state locked. */
  async #endLeftOver(): Promise<void> {
    const ended = await this.lab.exec(['pkill', '-KILL', 'pulumi']);
    await this.lab.exec(['pkill', '-KILL', '--full', '@pulumi/pulumi/cmd/']);
    if (ended.code === 0) await this.project.succeed('cancel', '--yes');
  }

  async #prepareProject(): Promise<void> {
    await this.project.edit('Pulumi.yaml', (text) => text.slice(0, text.indexOf('\nconfig:') + 1));
    await this.project.write('index.ts', program);
    await this.project.write('variants.nix', await readFile(path.join(import.meta.dirname, 'variants.nix'), 'utf8'));
  }

  async #bootFromImage(): Promise<void> {
    const configuration = `nixos-config=${path.join(this.project.directory, 'hosts/lab/sd-card.nix')}`;
    const attribute = 'config.system.build.images.sd-card';
    const built = ['nix-build', '<nixpkgs/nixos>', '--attr', attribute, '-I', configuration, '--no-out-link'];
    const image = await this.project.run(
      'sh',
      '-c',
      `zstd -dcq "$(${built.map((word) => `'${word}'`).join(' ')})"/sd-image/*.img.zst > new-card.img && echo made`,
    );
    if (image !== 'made') throw new Error('the image could not be unpacked');
    await this.pi.powerCut();
    const size = 2 * 1024 ** 3;
    await this.#run(['cp', '--sparse=always', path.join(this.project.directory, 'new-card.img'), this.pi.place.card]);
    await rm(path.join(this.project.directory, 'new-card.img'));
    await truncate(this.pi.place.card, size);
    await this.lab.card(name).insert('pi');
    await this.pi.powerOn();
    await eventually(() => askPi(this.pi));
  }

  async #deployFirst(): Promise<void> {
    const hardware = await tell(this.pi, 'nixos-generate-config --show-hardware-config');
    await this.project.write('hosts/lab/hardware-configuration.nix', `${hardware}\n`);
    this.#facts = {
      hostKey: (await tell(this.pi, 'cat /etc/ssh/ssh_host_ed25519_key.pub')).split(' ', 2).join(' '),
      storePath: await this.system('first'),
      machineId: await tell(this.pi, 'cat /etc/machine-id'),
    };
    await this.want({ adopt: true, configuration: 'first.nix' });
    await this.project.up();
    await this.want({ configuration: 'first.nix' });
    await this.project.up();
  }

  async #save(): Promise<void> {
    await this.pi.powerOff();
    await this.#run(['cp', '--sparse=always', this.pi.place.card, path.join(this.#saved, 'card.img')]);
    await this.pi.powerOn();
    await this.look();
    // The first deployment needed a reboot: the image has another kernel.
    await this.project.succeed('refresh', '--yes', '--skip-preview');
    await this.project.succeed('stack', 'export', '--file', path.join(this.#saved, 'state.json'));
    await writeFile(path.join(this.#saved, 'facts.json'), JSON.stringify(this.facts));
  }

  async #run(argv: readonly string[]): Promise<void> {
    const { code, stderr } = await this.lab.exec(argv);
    if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${String(code)}: ${stderr}`);
  }
}

/** Node.js keeps what it has compiled: an engine that is started a hundred times starts in half the time. */
function quick(lab: Lab): Record<string, string> {
  return { NODE_COMPILE_CACHE: path.join(lab.instance.directory, 'node-compile-cache') };
}
