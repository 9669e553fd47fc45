import path from 'node:path';
import { insideWorkstation } from '../../lab/workstation/environment.ts';
import { tryRun } from '../../lab/run.ts';
import { parseDeploymentRecord, recordScript } from '../../provider/activation/deployment-record.ts';
import type { DeploymentResult } from '../../provider/activation/supervise.ts';
import type { SupervisedDeployment } from '../../provider/activation/supervised-deployment.ts';
import { eventually, tellAtTheConsole } from './pi-facts.ts';
import type { DriverSettings } from './supervise-driver.ts';
import type { ReadyPi } from './ready-pi.ts';

const driver = path.join(import.meta.dirname, 'supervise-driver.ts');

/** What the Pi says at its own keyboard, whatever its network does. */
export interface Standing {
  readonly current: string;
  readonly profile: string;
  readonly generation: number;
  /** Generations that the profile has. */
  readonly generations: number;
  /** `init=` of the boot loader's default entry, without `/init`. */
  readonly boots: string;
  readonly bootId: string;
  readonly sshd: string;
  readonly address: boolean;
  /** What still roots systems against garbage collection. */
  readonly roots: string;
}

/** A deployment that is under way. */
export interface Deploying {
  readonly result: Promise<DeploymentResult & { readonly error?: string }>;
  /** The processes of the deployer end, as by kill -9. */
  readonly kill: () => Promise<void>;
  readonly cancel: () => Promise<void>;
  readonly progress: readonly string[];
}

/** A Pi on the bench, to which systems are deployed by the provider's own code, without Pulumi. */
export class SupervisedPi {
  readonly ready: ReadyPi;

  constructor(ready: ReadyPi) {
    this.ready = ready;
  }

  /** Builds the Pi's configuration with a module added, and copies it to the Pi. */
  async system(name: string, module: string): Promise<string> {
    const { project, pi } = this.ready;
    const file = `supervised-${name}.nix`;
    await project.write(file, `{ pkgs, lib, ... }: { imports = [ ./hosts/lab/configuration.nix ]; ${module} }\n`);
    const configuration = `nixos-config=${path.join(project.directory, file)}`;
    const attribute = ['--attr', 'config.system.build.toplevel', '--no-out-link'];
    const built = await project.run('nix-build', '<nixpkgs/nixos>', ...attribute, '-I', configuration);
    const options = '-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR';
    await project.run('env', `NIX_SSHOPTS=${options}`, 'nix-copy-closure', '--to', `pi@${pi.place.address}`, built);
    return built;
  }

  async start(
    deployment: Partial<SupervisedDeployment> & { readonly storePath: string },
    connections: Partial<DriverSettings> = {},
  ): Promise<Deploying> {
    const { lab, connection } = this.ready;
    const settings: DriverSettings = {
      current: connection,
      ...connections,
      deployment: {
        goal: 'switch',
        expectedSystem: (await this.standing()).current,
        address: this.ready.pi.place.address,
        deployer: 'stack ready, ada@workstation',
        healthChecks: [],
        rollbackOnFailedUnits: false,
        activationTimeoutSeconds: 60,
        healthCheckTimeoutSeconds: 5,
        confirmTimeoutSeconds: 60,
        ...deployment,
      },
    };
    const mark = `supervise-${Math.random().toString(36).slice(2)}`;
    const progress: string[] = [];
    const argv = ['node', driver, JSON.stringify(settings), mark];
    const ended = tryRun(insideWorkstation(lab.machine(), argv), { onLine: (line) => progress.push(line) });
    const signal = async (name: string) => {
      await lab.exec(['pkill', `-${name}`, '--full', `^node .* ${mark}$`]);
    };
    const result = ended.then(({ stdout, stderr }) => {
      const last = stdout.split('\n').at(-1) ?? '';
      if (!last.startsWith('{')) throw new Error(`the driver ended without a result: ${stderr}`);
      return JSON.parse(last) as DeploymentResult & { error?: string };
    });
    result.catch(() => undefined);
    return { result, kill: () => signal('KILL'), cancel: () => signal('USR2'), progress };
  }

  async deploy(
    deployment: Partial<SupervisedDeployment> & { readonly storePath: string },
    connections: Partial<DriverSettings> = {},
  ): Promise<DeploymentResult & { readonly error?: string }> {
    return (await this.start(deployment, connections)).result;
  }

  /** Waits until the deployment on the Pi is in a phase. */
  async phase(name: string): Promise<void> {
    await until(async () => parseDeploymentRecord(await this.tell(recordScript))?.phase === name);
  }

  /** Waits until no deployment is under way on the Pi. */
  async idle(): Promise<void> {
    const units = "pulumi-nixos-pi-deployment 'pulumi-nixos-pi-going-back@*'";
    const states = `systemctl show --property ActiveState --value ${units}`;
    await until(async () => !/^(de)?activ/m.test(await this.tell(states)));
  }

  /** Once a system runs on the Pi: it may still be starting again. */
  async standing(): Promise<Standing> {
    return await eventually(() => this.#look());
  }

  async #look(): Promise<Standing> {
    const [
      current = '',
      profile = '',
      generation = '',
      generations,
      boots = '',
      bootId = '',
      sshd = '',
      address,
      roots = '',
    ] = (
      await this.tell(`
        set -e
        readlink -f /run/current-system /nix/var/nix/profiles/system
        readlink /nix/var/nix/profiles/system
        ls -d /nix/var/nix/profiles/system-*-link | wc -l
        sed -n '/^LABEL nixos-default/,$s/.* init=\\([^ ]*\\).*/\\1/p' /boot/extlinux/extlinux.conf | head -n 1
        cat /proc/sys/kernel/random/boot_id
        systemctl is-active sshd || true
        ip -o address show | grep -cF ' ${this.ready.pi.place.address}/' || true
        ls /nix/var/nix/gcroots/pulumi-nixos-pi | grep -vx incoming || true`)
    ).split('\n');
    return {
      current,
      profile,
      generation: Number(/\d+/.exec(generation)?.[0] ?? 0),
      generations: Number(generations),
      boots: boots.replace(/\/init$/, ''),
      bootId,
      sshd,
      address: address === '1',
      roots,
    };
  }

  /** What a shell command printed at the Pi's keyboard; it has to succeed. */
  async tell(command: string): Promise<string> {
    return await tellAtTheConsole(this.ready.pi, command);
  }
}

/** Waits until something is so, for at most three minutes: a busy machine takes long to boot another. */
export async function until(met: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 180_000;
  while (!(await met())) {
    if (Date.now() > deadline) throw new Error(`never: ${met.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
