import { openLongLink } from '../lab/long-link/long-link.ts';
import { reportToStderr } from '../lab/report.ts';
import { Deployments } from './deploy/deployments.ts';
import { hosts, writeSshConfig } from './deploy/hosts.ts';
import type { Host } from './deploy/hosts.ts';
import type { Performance } from './deploy/handler-program.ts';
import { describeEvents, describePhases, phasesOf, phasesOfScript } from './deploy/timeline.ts';
import type { Phase } from './deploy/timeline.ts';
import { withBenchLab } from './lab.ts';
import { describeRatio, describeTimes, median, takeTurns, timeOf } from './measure.ts';
import type { Bound, Times } from './measure.ts';
import { deployProject, piProject } from './projects.ts';

/** What each way of the long link takes; a round trip takes twice as long. */
const delayMilliseconds = 50;

const onTheCable: Bound = { text: 'at most 1.3 times plus 0.5 s', limit: (theirs) => 1.3 * theirs + 0.5 };
const onTheLongLink: Bound = { text: 'faster', limit: (theirs) => theirs };

/** Times the deployment of one package, by the handler and by the article's commands, near and far. Prints; asserts nothing. */
export async function deployBench(rounds: number): Promise<void> {
  await withBenchLab(async (lab) => {
    const project = await piProject(lab);
    reportToStderr(`pulumi up in ${project.directory}`);
    await deployProject(lab, project);
    const deployments = await Deployments.of(lab, project);
    const link = await openLongLink(lab.machine(), lab.pi().place, delayMilliseconds);
    try {
      writeSshConfig(lab, deployments.hostKey, link.near);
      await compare(deployments, hosts.near, { rounds, bound: onTheCable });
      await compare(deployments, hosts.far, { rounds, bound: onTheLongLink });
      await showEngine(deployments, rounds);
    } finally {
      await link.close();
    }
  });
}

async function compare(deployments: Deployments, host: Host, { rounds, bound }: Comparison): Promise<void> {
  reportToStderr(`${String(rounds)} deployments to ${host} by each, by turns`);
  const performances: Performance[] = [];
  const scripts: Phase[][] = [];
  const byHandler = async () => {
    const performance = await deployments.byHandler(host);
    performances.push(performance);
    return performance.seconds;
  };
  const byScript = async () => {
    const phases = phasesOfScript(await deployments.byScript(host));
    scripts.push(phases);
    return phases[0]?.to ?? Number.NaN;
  };
  const [ours, theirs] = await takeTurns(
    [
      { name: 'the handler', run: byHandler },
      { name: "the article's commands", run: byScript },
    ],
    rounds,
  );
  print([
    `\nOne package, to ${host}${host === hosts.far ? ` (a round trip takes ${String(2 * delayMilliseconds)} ms)` : ''}`,
    ...[ours, theirs].map(describeTimes),
    describeRatio(ours, theirs, bound),
    'the handler, medians of its phases (they overlap)',
    ...describePhases(performances.slice(1).map(phasesOf)),
    `  loading the provider     ${median(performances.map(({ loadingSeconds }) => loadingSeconds)).toFixed(2)} s, before`,
    "the article's commands",
    ...describePhases(scripts.slice(1)),
    'the round of the handler that is nearest to its median',
    ...describeEvents(typical(performances.slice(1), ours).events),
  ]);
}

interface Comparison {
  readonly rounds: number;
  readonly bound: Bound;
}

/** For information: the engine's share is not this project's. */
async function showEngine(deployments: Deployments, rounds: number): Promise<void> {
  reportToStderr(`${String(rounds)} deployments by the engine`);
  const byEngine = async () => {
    await deployments.prepareEngine();
    return timeOf(() => deployments.byEngine());
  };
  const times = await takeTurns([{ name: 'pulumi up --skip-preview', run: byEngine }], rounds);
  print(['\nFor information, with program and engine, over the cable', ...times.map(describeTimes)]);
}

function typical(performances: readonly Performance[], { seconds }: Times): Performance {
  const middle = median(seconds);
  const distance = (performance: Performance) => Math.abs(performance.seconds - middle);
  return performances.reduce((best, each) => (distance(each) < distance(best) ? each : best));
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
