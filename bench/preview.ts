import { reportToStderr } from '../lab/report.ts';
import { withBenchLab } from './lab.ts';
import { describeRatio, describeTimes, takeTurns, timeOf } from './measure.ts';
import { previewTimeline } from './preview/timeline.ts';
import { deployProject, idleProject, piProject, previewNothing } from './projects.ts';

/** Times a preview with nothing to do, of the lab's Pi and of as many resources that do nothing. Prints; asserts nothing. */
export async function previewBench(rounds: number): Promise<void> {
  await withBenchLab(async (lab) => {
    const pi = await piProject(lab);
    const idle = await idleProject(lab);
    for (const project of [pi, idle]) {
      reportToStderr(`pulumi up in ${project.directory}`);
      await deployProject(lab, project);
    }
    reportToStderr(`${String(rounds)} previews of each, by turns`);
    const [ours, theirs] = await takeTurns(
      [
        { name: 'this project', run: () => timeOf(() => previewNothing(lab, pi)) },
        { name: 'resources that do nothing', run: () => timeOf(() => previewNothing(lab, idle)) },
      ],
      rounds,
    );
    const bound = { text: 'at most 1.1 times', limit: (theirSeconds: number) => 1.1 * theirSeconds };
    const lines = [describeTimes(ours), describeTimes(theirs), describeRatio(ours, theirs, bound)];
    const timeline = ['one more, recorded: from, seconds, process', ...(await previewTimeline(lab, pi))];
    process.stdout.write(`${[...lines, ...timeline].join('\n')}\n`);
  });
}
