import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { Lab } from '../../lab/lab.ts';

const project = path.join(import.meta.dirname, '../..');
const prefix = '.lab-faults-';

/** The lab of one of jest's workers, relative to the project. */
export function labOfWorker(worker: string | undefined): string {
  return `${prefix}${worker ?? '1'}`;
}

/** Ends and removes the labs of all workers, also those of a run that was killed. */
export async function purgeLabs(): Promise<void> {
  const labs = (await readdir(project)).filter((name) => name.startsWith(prefix));
  await Promise.all(labs.map((name) => Lab.open(name).down({ purge: true })));
}
