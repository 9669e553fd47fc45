import { performance } from 'node:perf_hooks';

/** Something whose time is taken. */
export interface Contestant {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** How long each of a contestant's rounds took, in seconds. */
export interface Times {
  readonly name: string;
  readonly seconds: readonly number[];
}

/** Runs the contestants by turns; one more round comes first, and is not counted. */
export async function takeTurns(contestants: readonly Contestant[], rounds: number): Promise<Times[]> {
  const times = contestants.map(({ name, run }) => ({ name, run, seconds: [] as number[] }));
  for (let round = 0; round <= rounds; round += 1) {
    for (const { run, seconds } of times) {
      const start = performance.now();
      await run();
      if (round > 0) seconds.push((performance.now() - start) / 1000);
    }
  }
  return times;
}

/** The middle value; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.slice(Math.floor((sorted.length - 1) / 2), Math.floor(sorted.length / 2) + 1);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}

/** One line, for example `this program   4.10 s (3.98 to 4.30)`. */
export function describeTimes({ name, seconds }: Times): string {
  const [low, high] = [Math.min(...seconds), Math.max(...seconds)];
  return `${name.padEnd(28)} ${median(seconds).toFixed(2)} s (${low.toFixed(2)} to ${high.toFixed(2)})`;
}
