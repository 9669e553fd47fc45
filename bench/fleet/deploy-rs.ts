import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Lab } from '../../lab/lab.ts';
import { reportToStderr } from '../../lab/report.ts';
import { run, tryRun } from '../../lab/run.ts';
import { workstationPath } from '../../lab/workstation/root.ts';
import type { Checkout } from './checkout.ts';
import { login } from './light-pi.ts';
import { succeed } from './shelf.ts';

const version = '1.0.0';

/** What deploy-rs' own flake offers as `lib.activate.nixos`, for the nixpkgs of the lab, with the program that was built from the crate. */
const flake = (folders: string): string => `{
  outputs =
    { self }:
    let
      pkgs = import <nixpkgs> { system = "aarch64-linux"; };
      script =
        name: text:
        pkgs.writeTextFile {
          inherit name;
          text = "#!\${pkgs.runtimeShell}\\n\${text}\\n";
          executable = true;
          destination = "/\${name}";
        };
      activatable =
        base:
        pkgs.buildEnv {
          name = "activatable-\${base.name}";
          paths = [
            base
            (script "deploy-rs-activate" "set -eu; cd /tmp; exec \\"$PROFILE/bin/switch-to-configuration\\" switch")
            (script "activate-rs" "exec \${./activate} \\"$@\\"")
          ];
        };
    in
    {
      nixosConfigurations = builtins.mapAttrs (
        _: folder: import <nixpkgs/nixos> { configuration = folder + "/configuration.nix"; }
      ) (builtins.fromJSON ''${folders}'');
      deploy = {
        sshUser = "${login}";
        user = "root";
        nodes = builtins.mapAttrs (name: { config, ... }: {
          hostname = "\${name}.local";
          profiles.system.path = activatable config.system.build.toplevel;
        }) self.nixosConfigurations;
      };
    };
}
`;

/** The same hosts, deployed by deploy-rs: with all that it does unasked, its checks and its rollback. */
export class DeployRs {
  readonly #lab: Lab;
  readonly #directory: string;
  readonly #program: string;

  private constructor(lab: Lab, directory: string, program: string) {
    this.#lab = lab;
    this.#directory = directory;
    this.#program = program;
  }

  /** @returns undefined on a machine that cannot build it. */
  static async make(lab: Lab, checkout: Checkout): Promise<DeployRs | undefined> {
    const programs = await installed(lab);
    if (programs === undefined) return undefined;
    const directory = path.join(lab.instance.directory, 'bench/deploy-rs');
    mkdirSync(directory, { recursive: true });
    cpSync(path.join(programs, 'activate'), path.join(directory, 'activate'));
    const folders = checkout.pis.map(({ name }) => [name, checkout.folder(name)]);
    writeFileSync(path.join(directory, 'flake.nix'), flake(JSON.stringify(Object.fromEntries(folders))));
    const keys = checkout.pis.map(({ name, hostKey }) => `${name}.local ${hostKey}\n`);
    writeFileSync(workstationPath(lab.machine(), 'root/.ssh/known_hosts'), keys.join(''));
    return new DeployRs(lab, directory, path.join(programs, 'deploy'));
  }

  /** Builds what is not the system itself, untimed as the systems are. */
  async prepare(): Promise<void> {
    const nodes = `path:${this.#directory}#deploy.nodes`;
    const expression = 'nodes: map (node: node.profiles.system.path.drvPath) (builtins.attrValues nodes)';
    const drvPaths = await this.#succeed(['nix', 'eval', '--impure', '--json', nodes, '--apply', expression]);
    await this.#succeed(['nix-store', '--realise', ...(JSON.parse(drvPaths) as string[])]);
  }

  async deploy(): Promise<void> {
    // `<nixpkgs>` is the lab's channel, which a pure evaluation does not look up.
    await this.#succeed([this.#program, `path:${this.#directory}`, '--', '--impure']);
  }

  async #succeed(argv: readonly string[]): Promise<string> {
    return await succeed(this.#lab, argv, { cwd: this.#directory });
  }
}

/** The folder of its programs, which are built once for each machine. */
async function installed(lab: Lab): Promise<string | undefined> {
  const root = path.join(lab.instance.cache, `deploy-rs-${version}`);
  const programs = path.join(root, 'bin');
  if (existsSync(path.join(programs, 'deploy'))) return programs;
  if ((await tryRun(['cargo', '--version'])).code !== 0) return undefined;
  reportToStderr(`building deploy-rs ${version}`);
  await run(['cargo', 'install', '--locked', '--root', root, `deploy-rs@${version}`]);
  return programs;
}
