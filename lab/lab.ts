import { execa } from 'execa';
import { Card } from './card/card.ts';
import { addPi, findPi, openInstance } from './instance.ts';
import type { Instance } from './instance.ts';
import { findMachine } from './machine/complete.ts';
import type { Machine } from './machine/machine.ts';
import { LabError } from './errors.ts';
import { bytesTowards, setLink } from './network.ts';
import type { Cable } from './network.ts';
import { BenchPi } from './pi/pi.ts';
import { checkRequirements } from './requirements.ts';
import { reportToStderr } from './report.ts';
import type { Report } from './report.ts';
import { exitCode, tryRun } from './run.ts';
import type { RunResult } from './run.ts';
import { takeDown } from './take-down.ts';
import { bringUp } from './bring-up.ts';
import { setEmulation } from './workstation/emulation.ts';
import { insideWorkstation } from './workstation/environment.ts';
import type { ExecOptions } from './workstation/environment.ts';

/** A workstation and Raspberry Pis on this machine: what the `lab` command and the tests drive. */
export class Lab {
  instance: Instance;
  private readonly report: Report;

  /** @param directory see `openInstance` */
  constructor(directory?: string, report: Report = reportToStderr) {
    this.instance = openInstance(directory);
    this.report = report;
  }

  static open(directory?: string, report?: Report): Lab {
    return new Lab(directory, report);
  }

  /** Makes everything there is to make; quick when nothing is missing; repairs what a crash has left. */
  async up(pis: readonly string[] = []): Promise<void> {
    checkRequirements();
    for (const name of pis) this.instance = addPi(this.instance, name);
    await bringUp(this.instance, this.report);
  }

  /** Leaves nothing behind but its files; with `purge`, not even these. */
  async down(options: { readonly purge?: boolean } = {}): Promise<void> {
    await takeDown(this.instance, this.report, options.purge ?? false);
  }

  isUp(): boolean {
    return findMachine(this.instance) !== undefined;
  }

  /** @throws LabError while the lab is down */
  machine(): Machine {
    const machine = findMachine(this.instance);
    if (machine === undefined) throw new LabError('the lab is not up: npm run lab -- up');
    return machine;
  }

  /** Runs a command on the workstation. */
  async exec(argv: readonly string[], options: ExecOptions & { readonly stdin?: string } = {}): Promise<RunResult> {
    const { stdin } = options;
    return await tryRun(insideWorkstation(this.machine(), argv, options), stdin === undefined ? {} : { stdin });
  }

  /** Runs a command on the workstation with this process' own terminal, and returns its exit code. */
  async execHere(argv: readonly string[], options: ExecOptions = {}): Promise<number> {
    const [file = '', ...args] = insideWorkstation(this.machine(), argv, options);
    return exitCode(await execa(file, args, { reject: false, stdio: 'inherit' }));
  }

  /** A Pi by its name; default: the first one. */
  pi(name?: string): BenchPi {
    return new BenchPi(this, findPi(this.instance, name));
  }

  /** The SD card of a Pi; default: the first one's. */
  card(name?: string): Card {
    return new Card(this, findPi(this.instance, name));
  }

  /** Pulls a Pi's network cable, plugs it in again, or takes one that lets 250 kB a second through. */
  async link(name: string | undefined, state: Cable): Promise<void> {
    await setLink(this.machine(), findPi(this.instance, name), state);
  }

  /** How many bytes were sent to a Pi since it was switched on. */
  async bytesTowards(name?: string): Promise<number> {
    return await bytesTowards(this.machine(), findPi(this.instance, name));
  }

  /** Whether the workstation can build and run programs for aarch64. */
  async emulation(on: boolean): Promise<void> {
    await setEmulation(this.machine(), on);
  }
}
