import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Lab } from '../lab/lab.ts';
import { reportToStderr } from '../lab/report.ts';
import { drawBars } from './bars.ts';
import { BenchFleet } from './fleet/bench-fleet.ts';
import { parallel } from './fleet/checkout.ts';
import { withInotifyFor } from './fleet/inotify.ts';
import { Observed } from './fleet/observed.ts';
import { withBenchLab } from './lab.ts';
import { type Bound, type Contestant, type Times, describeRatio, describeTimes, median, takeTurns } from './measure.ts';

const figure = fileURLToPath(new URL('../docs/fleet-speed.svg', import.meta.url));

const usual = 20;
const piCount = Number(process.env['NIXOS_PI_BENCH_PIS'] ?? usual);
const names = Array.from({ length: piCount }, (_, index) => `p${String(index + 1).padStart(2, '0')}`);
const all = String(piCount);

const statusLimitSeconds = 5 + 0.05 * piCount;
const evaluationBytes = 1024 ** 3;
const inOneProgram: Bound = { text: 'at most 3 times', limit: (theirs) => 3 * theirs };

/** Times one change of what Pis share, deployed in several ways to all of them. Prints and draws; asserts nothing. */
export async function fleetBench(rounds: number): Promise<void> {
  await withInotifyFor(piCount, () =>
    withBenchLab(async (lab) => {
      const fleet = await BenchFleet.make(lab, names);
      await compare(lab, fleet, rounds);
    }),
  );
}

async function compare(lab: Lab, fleet: BenchFleet, rounds: number): Promise<void> {
  const { deployRs } = fleet;
  if (deployRs === undefined) reportToStderr('deploy-rs is left out: there is no cargo to build it with');
  const observed = new Observed(lab, names);
  const status = observed.contestant('fleet status', (timer) => fleet.status(timer));
  const asking = observed.contestant('ssh … readlink', (timer) => fleet.askBySsh(timer));
  const up = observed.contestant('fleet up', (timer) => fleet.byFleet(timer));
  const trivial = observed.contestant(`${all} trivial ups`, (timer) => fleet.trivially(timer));
  const programs = [true, false].map((preview) => {
    const suffix = preview ? '' : ', no preview';
    const together = observed.contestant(`one program, ${all} Pis${suffix}`, (timer) =>
      fleet.byOneProgram(timer, { preview }),
    );
    const single = observed.contestant(`one program, one Pi${suffix}`, (timer) =>
      fleet.byOneProgramOfOne(timer, { preview }),
    );
    return { together, single };
  });
  const together = programs.map((program) => program.together);
  const deployment = { name: 'one deployment, the handler', run: () => fleet.byHandler() };
  const others =
    deployRs === undefined ? [] : [observed.contestant('deploy-rs', (timer) => fleet.byDeployRs(timer, deployRs))];
  reportToStderr(`${String(rounds)} rounds, by turns`);
  const inPrograms = programs.flatMap((program) => [program.together, program.single]);
  const contestants = [status, asking, up, trivial, ...inPrograms, deployment, ...others];
  const results = await takeTurns(contestants, rounds);
  const timesOf = ({ name }: Contestant): Times =>
    results.find((times) => times.name === name) ?? { name, seconds: [] };
  const three = 3 * median(timesOf(deployment).seconds);
  const asStacks: Bound = { text: 'at most 1.3 times plus three deployments', limit: (theirs) => 1.3 * theirs + three };
  print([
    `\nOne change of ${all} Pis, ${String(parallel)} stacks at a time`,
    ...results.map(describeTimes),
    describeStatus(timesOf(status)),
    describeRatio(timesOf(up), timesOf(trivial), asStacks),
    ...programs.map((program) => describeRatio(timesOf(program.together), timesOf(program.single), inOneProgram)),
    ...others.flatMap((other) => [up, ...together].map((ours) => describeQuotient(timesOf(ours), timesOf(other)))),
    describeQuotient(timesOf(status), timesOf(asking)),
    "processors' work, here and on the Pis (medians), and memory here:",
    ...contestants.filter((each) => each !== deployment).map(({ name }) => observed.describe(name)),
    describeMemory(observed.peakBytes(up.name), observed.peakBytes(trivial.name)),
  ]);
  // The drawing in the documentation is of as many as it says.
  if (piCount === usual) await writeFile(figure, drawPicture([...others, up, trivial, ...together].map(timesOf)));
}

function describeStatus({ name, seconds }: Times): string {
  const verdict = median(seconds) <= statusLimitSeconds ? 'kept' : 'BROKEN';
  return `${name}; promised: 5 s plus 50 ms a Pi, here ${statusLimitSeconds.toFixed(2)} s: ${verdict}`;
}

function describeQuotient(ours: Times, theirs: Times): string {
  return `${ours.name} / ${theirs.name}: ${(median(ours.seconds) / median(theirs.seconds)).toFixed(2)}`;
}

function describeMemory(bytes: number, trivialBytes: number): string {
  const limit = 1.5 * trivialBytes + evaluationBytes * availableParallelism();
  const verdict = bytes <= limit ? 'kept' : 'BROKEN';
  return `memory of fleet up: ${(bytes / 1e6).toFixed(0)} MB; promised: 1.5 times as much as trivial ups, plus 1 GiB for each evaluation at a time, here ${(limit / 1e6).toFixed(0)} MB: ${verdict}`;
}

function drawPicture(all: readonly Times[]): string {
  const slowest = all.reduce((a, b) => (median(a.seconds) > median(b.seconds) ? a : b));
  const title = `Seconds to bring one change to ${String(piCount)} Pis, less is better`;
  return drawBars(all, slowest, {
    title,
    isOurs: (name) => name.startsWith('fleet') || name.startsWith('one program'),
  });
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
