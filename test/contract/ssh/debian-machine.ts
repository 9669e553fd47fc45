import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { installHostPackages } from '../../../lab/debian/host-packages.ts';
import { ensureTree } from '../../../lab/debian/tree.ts';
import { openInstance } from '../../../lab/instance.ts';

// The root is an overlay in memory over the lab's Debian tree: nothing that happens in it reaches the tree, and all of it is
// gone with the namespace.
const enter = `
set -eu
tree=$1 shared=$2
shift 2
mount -t tmpfs tmpfs "$shared/root"
mkdir "$shared/root/upper" "$shared/root/work" "$shared/root/merged"
mount -t overlay overlay -o "lowerdir=$tree,upperdir=$shared/root/upper,workdir=$shared/root/work" "$shared/root/merged"
root=$shared/root/merged
mount --rbind /dev "$root/dev"
mount --bind /proc "$root/proc"
mount --rbind /sys "$root/sys"
for directory; do
  mkdir -p "$root$directory"
  mount --bind "$directory" "$root$directory"
done
exec chroot "$root" /bin/sh -c 'echo ready; exec sleep infinity'
`;

/** A Debian in a mount namespace of its own, with this machine's network: for a real sshd, sudo and nix. Needs root. */
export class DebianMachine {
  /** A directory of its own below this machine's temporary one, which has the same path there. */
  readonly shared: string;
  readonly #holder: ChildProcess;
  readonly #namespace: string;
  readonly #started: ChildProcess[] = [];

  private constructor(shared: string, holder: ChildProcess, namespace: string) {
    this.shared = shared;
    this.#holder = holder;
    this.#namespace = namespace;
  }

  /** @param directories of this machine that have the same path there, beside the temporary one */
  static async start(...directories: string[]): Promise<DebianMachine> {
    const report = (line: string) => process.stderr.write(`${line}\n`);
    await installHostPackages(report);
    const tree = await ensureTree(openInstance().cache, report);
    const shared = mkdtempSync(join(tmpdir(), 'debian-machine-'));
    mkdirSync(join(shared, 'root'));
    const args = [
      '--mount',
      '--propagation',
      'private',
      '/bin/bash',
      '-c',
      enter,
      'enter',
      tree,
      shared,
      tmpdir(),
      ...directories,
    ];
    const holder = spawn('unshare', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await Promise.race([once(holder.stdout, 'data'), failWhenItEnds(holder)]);
    return new DebianMachine(shared, holder, readlinkSync(`/proc/${String(holder.pid)}/ns/mnt`));
  }

  /** The command line that runs a program in the machine; what is started is the program itself, so that signals reach it. */
  command(...argv: string[]): [string, string[]] {
    return ['nsenter', ['--target', String(this.#holder.pid), '--mount', '--root', '--wd', ...argv]];
  }

  /** Runs a program as root and gives its standard output. */
  async run(...argv: string[]): Promise<string> {
    const [file, args] = this.command(...argv);
    const env = { HOME: '/root', USER: 'root', PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' };
    const { stdout } = await execa(file, args, { env, extendEnv: false });
    return stdout;
  }

  /** Starts a program that goes on until the machine is stopped. */
  start(...argv: string[]): void {
    const [file, args] = this.command(...argv);
    const child = spawn(file, args, { stdio: 'ignore', env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } });
    this.#started.push(child);
  }

  /** A directory for PATH, with programs that run those of the machine. */
  programs(...names: string[]): string {
    const directory = mkdtempSync(join(this.shared, 'programs-'));
    const environment = 'HOME=/root USER=root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 TMPDIR=/tmp';
    for (const name of names) {
      const [file, args] = this.command(`/usr/bin/${name}`);
      const text = `#!/bin/sh\nexport ${environment}\nexec ${[file, ...args].join(' ')} "$@"\n`;
      writeFileSync(join(directory, name), text, { mode: 0o755 });
    }
    return directory;
  }

  write(path: string, text: string, mode = 0o644): void {
    const file = join(`/proc/${String(this.#holder.pid)}/root`, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text, { mode });
  }

  exists(path: string): boolean {
    return existsSync(join(`/proc/${String(this.#holder.pid)}/root`, path));
  }

  /** Ends every process that lives in the machine's namespace, and so the machine. */
  async stop(): Promise<void> {
    // Nix' daemon goes into a namespace of its own.
    for (const child of this.#started) child.kill('SIGKILL');
    for (let round = 0; round < 100; round += 1) {
      const pids = processesIn(this.#namespace);
      if (pids.length === 0) break;
      for (const pid of pids) endProcess(pid);
      await sleep(20);
    }
    rmSync(this.shared, { recursive: true, force: true });
  }
}

async function failWhenItEnds(holder: ChildProcess): Promise<never> {
  const [code] = (await once(holder, 'exit')) as [number | null];
  throw new Error(`the machine could not be started (${String(code)}); it needs root`);
}

function processesIn(namespace: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return readlinkSync(`/proc/${name}/ns/mnt`) === namespace;
      } catch {
        return false;
      }
    })
    .map(Number);
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
