import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureServerPackages } from '../debian/server-packages.ts';
import { ensureTree } from '../debian/tree.ts';
import { LabError } from '../errors.ts';
import type { Lab } from '../lab.ts';
import { inGroup } from '../machine/control-group.ts';
import { insideMachine, pathInside, runInside, startInside } from '../machine/machine.ts';
import type { Machine } from '../machine/machine.ts';
import { connect } from '../network.ts';
import type { Place } from '../network.ts';
import { reportToStderr } from '../report.ts';
import { run, tryRun } from '../run.ts';
import type { RunOptions, RunResult } from '../run.ts';
import { makeDevices, workstationRoot } from '../workstation/root.ts';

const searchPath = '/usr/local/bin:/usr/sbin:/usr/bin';

/**
 * A light machine on the bench: an address and a root of its own, with the programs of the Debian tree and of the packages for
 * servers. It has no init: programs are started in it one by one. What it writes is in memory, below the lab's directory as the
 * lab's namespaces see it. So nothing of it outlives these, however they end.
 */
export class Server {
  readonly place: Place;
  readonly #lab: Lab;

  private constructor(lab: Lab, place: Place) {
    this.#lab = lab;
    this.place = place;
  }

  /** Makes the machine, from nothing; the lab has to be up. */
  static async make(lab: Lab, place: Place): Promise<Server> {
    const server = new Server(lab, place);
    await server.#mount();
    await connect(lab.machine(), place);
    return server;
  }

  /** What its programs print. */
  get log(): string {
    return path.join(this.#lab.instance.directory, 'servers', `${this.place.name}.log`);
  }

  /** Its root, as the inside of the lab's namespaces names it. */
  get #root(): string {
    return path.join(this.#home, 'root');
  }

  get #home(): string {
    return path.join(this.#lab.instance.directory, 'servers', this.place.name);
  }

  /** A file of it as this process can open it. */
  path(file: string): string {
    return path.join(pathInside(this.#machine, this.#root), file);
  }

  /** Runs a command on it as root. */
  async exec(argv: readonly string[], options?: RunOptions): Promise<RunResult> {
    return await tryRun(insideMachine(this.#machine, this.#inside(argv)), options);
  }

  /** Like `exec`, but has to succeed; returns what it printed. */
  async run(argv: readonly string[], options?: RunOptions): Promise<string> {
    return (await run(insideMachine(this.#machine, this.#inside(argv)), options)).stdout;
  }

  /** Starts a program that goes on. */
  async start(argv: readonly string[]): Promise<void> {
    await startInside(this.#machine, inGroup(this.#machine, `server-${this.place.name}`, this.#inside(argv)), this.log);
  }

  /** @throws LabError when a command on it does not succeed within 20 seconds */
  async until(argv: readonly string[]): Promise<void> {
    const deadline = Date.now() + 20_000;
    for (;;) {
      const { code, stderr } = await this.exec(argv);
      if (code === 0) return;
      if (Date.now() > deadline)
        throw new LabError(`${argv.join(' ')} on ${this.place.name}: ${stderr}; see ${this.log}`);
      await sleep(100);
    }
  }

  get #machine(): Machine {
    return this.#lab.machine();
  }

  #inside(argv: readonly string[]): string[] {
    const environment = ['HOME=/root', 'USER=root', 'LANG=C.UTF-8', `PATH=${searchPath}`];
    return [
      ...['ip', 'netns', 'exec', this.place.name, 'chroot', this.#root],
      ...['/usr/bin/env', '--ignore-environment', '--chdir=/', ...environment, ...argv],
    ];
  }

  async #mount(): Promise<void> {
    const { cache } = this.#lab.instance;
    const tree = await ensureTree(cache, reportToStderr);
    const packages = await ensureServerPackages(cache, reportToStderr);
    const inside = (...argv: string[]) => runInside(this.#machine, argv);
    mkdirSync(this.#home, { recursive: true });
    await inside('mount', '-t', 'tmpfs', '-o', 'mode=0755', 'tmpfs', this.#home);
    await inside('mkdir', ...['root', 'upper', 'work'].map((name) => path.join(this.#home, name)));
    const layers = `lowerdir=${packages}:${tree},upperdir=${this.#home}/upper,workdir=${this.#home}/work`;
    await inside('mount', '-t', 'overlay', '-o', layers, 'overlay', this.#root);
    await makeDevices(this.#machine, this.#root);
    await inside('mount', '-t', 'proc', 'proc', `${this.#root}/proc`);
    await inside('mount', '-t', 'tmpfs', '-o', 'mode=0755', 'tmpfs', `${this.#root}/run`);
    // As on the workstation: Nix makes hard links and renames in its store.
    await inside('cp', '--archive', path.join(tree, 'nix'), path.join(this.#home, 'nix'));
    await inside('mount', '--bind', path.join(this.#home, 'nix'), `${this.#root}/nix`);
    await inside('cp', path.join(workstationRoot(this.#lab.instance), 'etc/hosts'), `${this.#root}/etc/hosts`);
  }
}
