import { installEngine } from '../lab/engine/install.ts';
import { Lab } from '../lab/lab.ts';
import { reportToStderr } from '../lab/report.ts';
import { describeTimes, median, takeTurns } from './measure.ts';
import { deployProject, idleProject, piProject, previewNothing } from './projects.ts';

/** Times a preview with nothing to do, of the lab's Pi and of as many resources that do nothing. Prints; asserts nothing. */
export async function previewBench(rounds: number): Promise<void> {
  // Always this one: it is purged.
  const lab = Lab.open('.lab-bench');
  await lab.down({ purge: true });
  try {
    await Promise.all([lab.up(), installEngine(lab.instance, reportToStderr)]);
    const pi = await piProject(lab);
    const idle = await idleProject(lab);
    for (const project of [pi, idle]) {
      reportToStderr(`pulumi up in ${project.directory}`);
      await deployProject(lab, project);
    }
    reportToStderr(`${String(rounds)} previews of each, by turns`);
    const times = await takeTurns(
      [
        { name: 'this project', run: () => previewNothing(lab, pi) },
        { name: 'resources that do nothing', run: () => previewNothing(lab, idle) },
      ],
      rounds,
    );
    const [ours = Number.NaN, theirs = Number.NaN] = times.map(({ seconds }) => median(seconds));
    process.stdout.write(`${times.map(describeTimes).join('\n')}\nratio ${(ours / theirs).toFixed(2)}\n`);
  } finally {
    await lab.down({ purge: true });
  }
}
