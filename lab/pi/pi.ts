import type { Lab } from '../lab.ts';
import type { Pi } from '../instance.ts';
import { withPiLock } from '../locks.ts';
import type { Machine } from '../machine/machine.ts';
import { tryRun } from '../run.ts';
import type { RunResult } from '../run.ts';
import { atTheConsole } from './console.ts';
import { withCardMounted } from './inspect.ts';
import { isPowered, powerCut, powerOff, powerOn, reboot } from './power.ts';

/** A Raspberry Pi on the bench: its switches, and the SSH of the person who owns it. */
export class BenchPi {
  readonly place: Pi;
  private readonly lab: Lab;

  constructor(lab: Lab, place: Pi) {
    this.lab = lab;
    this.place = place;
  }

  isRunning(): boolean {
    return isPowered(this.lab.machine(), this.place);
  }

  async powerOn(): Promise<void> {
    await this.atTheSwitch(powerOn);
  }

  /** In order, as `poweroff` does. */
  async powerOff(): Promise<void> {
    await this.atTheSwitch((machine, pi) => powerOff(machine, pi));
  }

  /** Pulls the plug: what was not synced to the card is lost. */
  async powerCut(): Promise<void> {
    await this.atTheSwitch(powerCut);
  }

  async reboot(): Promise<void> {
    await this.atTheSwitch(reboot);
  }

  private async atTheSwitch(act: (machine: Machine, pi: Pi) => Promise<void>): Promise<void> {
    await withPiLock(this.place, () => act(this.lab.machine(), this.place));
  }

  /** Runs a command on the Pi over SSH, as user `pi`; each argument arrives as it is. */
  async ssh(argv: readonly string[]): Promise<RunResult> {
    return await this.lab.exec(sshCommand(this.place, argv.map(quote)));
  }

  /** Runs a command on the Pi as root, as at its own keyboard: without its network or its sshd. */
  async console(argv: readonly string[]): Promise<RunResult> {
    return await tryRun(atTheConsole(this.lab.machine(), this.place, argv));
  }

  /** Gives `look` the root of the card's file system, mounted read-only; the Pi must be off. */
  async inspectCard<T>(look: (root: string) => Promise<T>): Promise<T> {
    return await withCardMounted(this.lab.machine(), this.place, look);
  }
}

/**
 * argv of ssh on the workstation; as ssh does, it gives the words to a shell on the Pi. The network ends at the bench: so a
 * re-flashed card's new key needs no ceremony here.
 */
export function sshCommand(pi: Pi, words: readonly string[]): string[] {
  const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR', 'ConnectTimeout=5'];
  return ['ssh', ...options.flatMap((option) => ['-o', option]), `pi@${pi.address}`, ...words];
}

function quote(argument: string): string {
  return `'${argument.replaceAll("'", `'\\''`)}'`;
}
