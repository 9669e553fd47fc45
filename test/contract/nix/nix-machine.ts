import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { FileConfiguration } from '../../../provider/nix/configuration.ts';
import { DebianMachine } from '../ssh/debian-machine.ts';
import { SshServer } from '../ssh/ssh-server.ts';

/** As much of <nixpkgs/nixos> as the provider asks for; a configuration is `{ system, script, toplevel }`. */
const nixosStandIn = `{ configuration }:
let
  machine = import configuration;
  system = machine.system or builtins.currentSystem;
  build = name: script: derivation { inherit name system; builder = "/bin/sh"; args = [ "-c" script ]; };
  toplevel = build "nixos-system-stand-in" (machine.script or "echo system > $out");
  image = build "nixos-image-stand-in" "/usr/bin/mkdir -p $out/sd-image; echo \${toplevel} > $out/sd-image/pi.img";
in {
  config.system.build = {
    inherit toplevel;
    images.sd-card = image // { passthru = { filePath = "sd-image/pi.img"; config.system.build.toplevel = toplevel; }; };
  };
  pkgs.stdenv.hostPlatform.system = system;
}
`;

/** The nix.conf of the machines. */
export const settings = 'sandbox = false\nsubstituters =\nbuild-users-group =\ntrusted-users = root free\n';

/** Gives a machine that is reached over SSH a Nix for all its logins, as NixOS has it. */
export async function startNix({ machine }: SshServer, more = ''): Promise<void> {
  machine.write('/etc/nix/nix.conf', settings + more);
  // On NixOS the daemon's socket is for every login, on Debian for a group.
  await machine.run('chmod', '755', '/nix/var/nix/daemon-socket');
  machine.start('/usr/bin/nix-daemon');
}

/** A machine with a real Nix, whose programs are on this process' PATH, and another one with a real sshd to copy to. */
export class NixMachine {
  /** The other one: Nix there trusts root and the login `free`. */
  readonly pi: SshServer;
  readonly machine: DebianMachine;
  readonly #path: string;

  private constructor(pi: SshServer, machine: DebianMachine) {
    this.pi = pi;
    this.machine = machine;
    this.#path = process.env['PATH'] ?? '';
  }

  static async start(): Promise<NixMachine> {
    const started = new NixMachine(await SshServer.start(), await DebianMachine.start());
    const { machine, pi } = started;
    machine.write('/etc/nix/nix.conf', settings);
    await startNix(pi);
    mkdirSync(join(machine.shared, 'nixpkgs/nixos'), { recursive: true });
    writeFileSync(join(machine.shared, 'nixpkgs/nixos/default.nix'), nixosStandIn);
    const programs = machine.programs('nix', 'nix-instantiate', 'nix-store', 'sh');
    process.env['PATH'] = `${programs}${delimiter}${started.#path}`;
    return started;
  }

  /** A configuration in a file of its own. */
  configuration(name: string, text: string): FileConfiguration {
    const file = join(this.machine.shared, `${name}.nix`);
    writeFileSync(file, text);
    return { kind: 'channel', file, nixPath: [`nixpkgs=${join(this.machine.shared, 'nixpkgs')}`] };
  }

  async stop(): Promise<void> {
    process.env['PATH'] = this.#path;
    await this.machine.stop();
    await this.pi.stop();
  }
}
