import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { Lab } from '../../lab/lab.ts';

const root = path.join(import.meta.dirname, '../..');

/** Of what jest tells its set-up: what the project's tests find as global variables. */
export interface TestProject {
  readonly globals: Readonly<Record<string, unknown>>;
}

/** What the names of a project's labs begin with, for example `.lab-faults-`. */
export function labPrefix(globals: TestProject['globals']): string {
  const prefix = globals['labPrefix'];
  if (typeof prefix === 'string') return prefix;
  throw new Error('jest.config.js names no labPrefix for these tests');
}

/** The lab of one of jest's workers, relative to the checkout. */
export function labOfWorker(prefix: string, worker = '1'): string {
  return `${prefix}${worker}`;
}

/** Ends and removes the labs of all workers, also those of a run that was killed. */
export async function purgeLabs(prefix: string): Promise<void> {
  const labs = (await readdir(root)).filter((name) => name.startsWith(prefix));
  await Promise.all(labs.map((name) => Lab.open(name).down({ purge: true })));
}
