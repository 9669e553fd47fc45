import type { Lab } from '../../lab/lab.ts';
import { type Contestant, median, timeOf } from '../measure.ts';
import { MemoryWatch } from '../memory.ts';
import { type Work, workSoFar } from './cpu.ts';

/** Takes the time of something, in seconds. */
export type Timer = (work: () => Promise<unknown>) => Promise<number>;

/** What contestants ask of this machine while their time is taken. */
export class Observed {
  readonly #lab: Lab;
  readonly #pis: readonly string[];
  readonly #works = new Map<string, Work[]>();
  readonly #peakBytes = new Map<string, number>();

  /** @param pis names of those whose work is told apart */
  constructor(lab: Lab, pis: readonly string[]) {
    this.#lab = lab;
    this.#pis = pis;
  }

  contestant(name: string, run: (timer: Timer) => Promise<number>): Contestant {
    return { name, run: () => run((work) => this.#observe(name, work)) };
  }

  /** The most memory that a contestant's processes had, all together, in bytes. */
  peakBytes(name: string): number {
    return this.#peakBytes.get(name) ?? Number.NaN;
  }

  describe(name: string): string {
    const works = this.#works.get(name) ?? [];
    const [own, pis] = [works.map(({ machine, pis }) => machine - pis), works.map(({ pis }) => pis)];
    const seconds = [own, pis].map((values) => median(values).toFixed(1).padStart(6));
    const memory = `${(this.peakBytes(name) / 1e6).toFixed(0).padStart(5)} MB`;
    return `  ${name.padEnd(32)} ${String(seconds[0])} s ${String(seconds[1])} s   ${memory}`;
  }

  /** The first round is not counted: it tells the memory, whose measurement takes time itself. */
  async #observe(name: string, work: () => Promise<unknown>): Promise<number> {
    if (!this.#peakBytes.has(name)) return this.#observeMemory(name, work);
    const before = workSoFar(this.#lab, this.#pis);
    const seconds = await timeOf(work);
    const after = workSoFar(this.#lab, this.#pis);
    const done = { machine: after.machine - before.machine, pis: after.pis - before.pis };
    this.#works.set(name, [...(this.#works.get(name) ?? []), done]);
    return seconds;
  }

  async #observeMemory(name: string, work: () => Promise<unknown>): Promise<number> {
    // The lab itself was started by this process too.
    const watch = new MemoryWatch(process.pid, this.#lab.machine().holder);
    try {
      return await timeOf(work);
    } finally {
      this.#peakBytes.set(name, watch.stop());
    }
  }
}
