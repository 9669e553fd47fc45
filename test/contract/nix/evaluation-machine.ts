import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { DebianMachine } from '../ssh/debian-machine.ts';
import type { Answers, Question, Reply } from './evaluation-driver.ts';

const project = fileURLToPath(new URL('../../..', import.meta.url));

/** As much of nixpkgs as reads what nixpkgs reads: modules, files that options name, the environment, the user's config. */
const nixos = (version: string) => `{ configuration }:
let
  user = builtins.getEnv "HOME" + "/.config/nixpkgs/config.nix";
  call = module: if builtins.isFunction module then module { lib = import ../lib; modulesPath = ../modules; } else module;
  modules = path: let module = call (import path); in [ module ] ++ builtins.concatMap modules (module.imports or [ ]);
  everything = builtins.toJSON {
    version = "${version}";
    unfree = builtins.getEnv "NIXPKGS_ALLOW_UNFREE";
    config = if builtins.pathExists user then import user else null;
    modules = map (module: {
      text = module.text or "";
      keys = map builtins.readFile (module.keyFiles or [ ]);
      data = map (path: "\${path}") (module.data or [ ]);
    }) (modules configuration);
  };
in {
  config.system.build.toplevel = derivation {
    name = "nixos-system-stand-in"; system = builtins.currentSystem; builder = "/bin/sh"; inherit everything;
    args = [ "-c" "echo > $out" ];
  };
  pkgs.stdenv.hostPlatform.system = builtins.currentSystem;
}
`;

const channels = (version: string): Record<string, Record<string, string>> => ({
  nixpkgs: {
    'nixos/default.nix': nixos(version),
    'lib/default.nix': '{ mkIf = _: x: x; }',
    'pkgs/top-level/impure.nix': '',
  },
  hardware: { 'pi/default.nix': '{ imports = [ ../more.nix ]; }', 'more.nix': `{ text = "${version}"; }` },
});

/** Root's channels, which all users get. */
const rootsChannels = '/nix/var/nix/profiles/per-user/root/channels';

const mark = 'this comes from the cache';

/** The environment in which evaluations are counted. Another program is another Nix, so what the cache holds of others does not count in it. */
export const counting = { PATH: '/counting:/usr/bin:/bin' };

/** A machine with a real Nix, on which this project evaluates; its user is root. */
export class EvaluationMachine {
  readonly machine: DebianMachine;
  readonly #driver: ChildProcess;
  readonly #lines: AsyncIterator<string, undefined>;

  private constructor(machine: DebianMachine, driver: ChildProcess, lines: AsyncIterator<string, undefined>) {
    this.machine = machine;
    this.#driver = driver;
    this.#lines = lines;
  }

  static async start(): Promise<EvaluationMachine> {
    const machine = await DebianMachine.start();
    machine.write('/etc/nix/nix.conf', 'sandbox = false\nsubstituters =\nbuild-users-group =\n');
    await showProject(machine);
    for (const version of ['1', '2']) {
      for (const [name, files] of Object.entries(channels(version))) await addChannel(machine, name, version, files);
    }
    // One process for all questions: what a program remembers of one configuration must not be wrong for the next.
    const search = 'NIX_PATH=nixpkgs=/channels/nixpkgs:nixos-hardware=/channels/hardware';
    const variables = ['HOME=/root', search, `XDG_CACHE_HOME=${machine.shared}/cache`, 'PATH=/usr/bin:/bin'];
    const program = join(project, 'test/contract/nix/evaluation-driver.ts');
    const node = join(project, 'node_modules/node/bin/node');
    const [file, args] = machine.command('env', '--ignore-environment', ...variables, node, program);
    const driver = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    return new EvaluationMachine(machine, driver, createInterface(driver.stdout)[Symbol.asyncIterator]());
  }

  /** Where a file is that both this process and the machine can see. */
  at(name: string): string {
    return join(this.machine.shared, name);
  }

  write(files: Record<string, string>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(this.at(name)), { recursive: true });
      writeFileSync(this.at(name), text);
    }
  }

  /** Back to an empty project in `host`, an empty cache, and the first channels. */
  async reset(): Promise<void> {
    for (const folder of ['host', 'cache']) rmSync(this.at(folder), { recursive: true, force: true });
    mkdirSync(this.at('cache'));
    await this.machine.run('rm', '-rf', '/root/.config', '/root/.nix-defexpr', rootsChannels);
    for (const name of Object.keys(channels(''))) await this.useChannel(name, '1');
  }

  async useChannel(name: string, version: string): Promise<void> {
    await this.machine.run('ln', '-sfn', `/channels/${name}-${version}`, `/channels/${name}`);
  }

  /** Makes a channel one that Nix searches by default: root's, or the user's own, which comes first. */
  async subscribe(whose: 'root' | 'user', version: string): Promise<void> {
    const folder = whose === 'root' ? rootsChannels : '/root/.nix-defexpr/channels';
    await this.machine.run('mkdir', '--parents', folder);
    await this.machine.run('ln', '-sfn', `/channels/nixpkgs-${version}`, `${folder}/nixpkgs`);
  }

  /** What a program in `host` is told of a configuration. */
  async answers(inputs: object, environment: Record<string, string | null> = {}): Promise<Answers> {
    return (await this.#ask({ inputs, directory: this.at('host'), environment })) as Answers;
  }

  /** How often Nix evaluates a configuration ahead, and, asked for `meanwhile`, for the answer and for the comparison. */
  async evaluationsAhead(inputs: object, ahead: 'alone' | 'meanwhile'): Promise<number> {
    this.write({ 'host/evaluations': '' });
    const count = this.at('host/evaluations');
    const program = `#!/bin/sh\ncase $* in *nixos-config=*) echo >> '${count}' ;; esac\nexec /usr/bin/nix-instantiate "$@"\n`;
    this.machine.write('/counting/nix-instantiate', program, 0o755);
    await this.#ask({ inputs, directory: this.at('host'), environment: counting, ahead });
    return readFileSync(count, 'utf8').length;
  }

  /** The derivation of what a plan in `host` wants; an evaluation for it fails. */
  async derivationWithoutEvaluation(inputs: object, planned: string): Promise<string> {
    const environment = { NIXOS_PI_PARALLEL_EVALUATIONS: 'none' };
    const reply = await this.#ask({ inputs, directory: this.at('host'), environment, planned });
    return (reply as { drvPath: string }).drvPath;
  }

  /** Builds what a plan in `host` wants, and roots it at `gcRoot`. */
  async build(inputs: object, planned: string, gcRoot: string, parallelEvaluations = '1'): Promise<void> {
    const environment = { NIXOS_PI_PARALLEL_EVALUATIONS: parallelEvaluations };
    await this.#ask({ inputs, directory: this.at('host'), environment, planned, gcRoot });
  }

  async #ask(question: Question): Promise<Reply> {
    this.#driver.stdin?.write(`${JSON.stringify(question)}\n`);
    const { value = '{ "error": "the driver ended" }' } = await this.#lines.next();
    const reply = JSON.parse(value) as { error: string } | Reply;
    if ('error' in reply) throw new Error(reply.error);
    return reply;
  }

  /** So that what comes from the cache can be told. Returns how many entries there are of each kind. */
  markEntries(): { evaluations: number; searchPaths: number } {
    const folder = this.at('cache/pulumi-nixos-pi/evaluations');
    const names = readdirSync(this.at('cache')).length === 0 ? [] : readdirSync(folder);
    const entries = names.map((name) => this.#mark(join(folder, name)));
    const evaluations = entries.filter(({ answer }) => 'storePath' in answer).length;
    return { evaluations, searchPaths: entries.length - evaluations };
  }

  #mark(file: string): { answer: object } {
    const entry = JSON.parse(readFileSync(file, 'utf8')) as { answer: object };
    writeFileSync(file, JSON.stringify({ ...entry, warnings: [mark] }));
    return entry;
  }

  isFromCache({ warnings }: Answers): boolean {
    return warnings.includes(mark);
  }

  async stop(): Promise<void> {
    this.#driver.kill();
    await this.machine.stop();
  }
}

/** The machine sees this project where it is, as a user's machine would. */
async function showProject(machine: DebianMachine): Promise<void> {
  const [enter, [, pid = '']] = machine.command('true');
  const mount = ['sh', '-c', 'mkdir -p "$2" && mount --bind "$1" "$2"', 'show', project];
  await execa(enter, ['--target', pid, '--mount', ...mount, `${machine.shared}/root/merged${project}`]);
}

async function addChannel(
  machine: DebianMachine,
  name: string,
  version: string,
  files: Record<string, string>,
): Promise<void> {
  const source = join(machine.shared, 'channels', `${name}-${version}`);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(source, file)), { recursive: true });
    writeFileSync(join(source, file), text);
  }
  await machine.run('mkdir', '--parents', '/channels');
  const added = await machine.run('nix-store', '--add', source);
  await machine.run('ln', '-sfn', added.trim(), `/channels/${name}-${version}`);
}
