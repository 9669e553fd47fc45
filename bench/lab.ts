import { installEngine } from '../lab/engine/install.ts';
import { Lab } from '../lab/lab.ts';
import { reportToStderr } from '../lab/report.ts';

/** Gives `work` a lab of its own, with the engine, and removes the lab whatever happens. */
export async function withBenchLab<T>(work: (lab: Lab) => Promise<T>): Promise<T> {
  // Always this one: it is purged.
  const lab = Lab.open('.lab-bench');
  await lab.down({ purge: true });
  try {
    await Promise.all([lab.up(), installEngine(lab.instance, reportToStderr)]);
    return await work(lab);
  } finally {
    await lab.down({ purge: true });
  }
}
