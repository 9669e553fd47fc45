import { installEngine } from '../lab/engine/install.ts';
import { Lab } from '../lab/lab.ts';
import { reportToStderr } from '../lab/report.ts';

// Always this one: it is purged.
const directory = '.lab-bench';

/** Gives `work` a lab of its own, with the engine, and removes the lab whatever happens. */
export async function withBenchLab<T>(work: (lab: Lab) => Promise<T>): Promise<T> {
  await Lab.open(directory).down({ purge: true });
  // Opened when the files of the one before are gone, and its Pis with them.
  const lab = Lab.open(directory);
  try {
    await Promise.all([lab.up(), installEngine(lab.instance, reportToStderr)]);
    return await work(lab);
  } finally {
    await lab.down({ purge: true });
  }
}
