import { performance } from 'node:perf_hooks';

/** Something whose time is taken. */
export interface Contestant {
  readonly name: string;
  /** One round; gives how long it took, in seconds. */
  readonly run: () => Promise<number>;
}

/** How long each of a contestant's rounds took, in seconds. */
export interface Times {
  readonly name: string;
  readonly seconds: readonly number[];
}

/**
 * Runs the contestants by turns, in every other round from the last to the first; one more round comes first, and is not
 * counted.
 */
export async function takeTurns<const Contestants extends readonly Contestant[]>(
  contestants: Contestants,
  rounds: number,
): Promise<{ [Place in keyof Contestants]: Times }> {
  const times = contestants.map(({ name, run }) => ({ name, run, seconds: [] as number[] }));
  for (let round = 0; round <= rounds; round += 1) {
    for (const { run, seconds } of round % 2 === 0 ? times : times.toReversed()) {
      const taken = await run();
      if (round > 0) seconds.push(taken);
    }
  }
  return times.map(({ name, seconds }) => ({ name, seconds })) as { [Place in keyof Contestants]: Times };
}

/** How long something takes, in seconds. */
export async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
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
  return `${name.padEnd(32)} ${median(seconds).toFixed(2)} s (${low.toFixed(2)} to ${high.toFixed(2)})`;
}

/** A promise about the time of one contestant, given the other's. */
export interface Bound {
  /** For example `at most 1.3 times plus 0.5 s`. */
  readonly text: string;
  /** The time that is just kept to, in seconds. */
  readonly limit: (theirs: number) => number;
}

/** The ratio of the medians, and whether the promise was kept. */
export function describeRatio(ours: Times, theirs: Times, bound: Bound): string {
  const [our, their] = [median(ours.seconds), median(theirs.seconds)];
  const limit = bound.limit(their);
  const verdict = our <= limit ? 'kept' : 'BROKEN';
  return `${ours.name} / ${theirs.name}: ${(our / their).toFixed(2)}; promised: ${bound.text}, here ${limit.toFixed(2)} s: ${verdict}`;
}
