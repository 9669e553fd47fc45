import path from 'node:path';
import type { Instance, Pi } from './instance.ts';
import { withLock } from './lock.ts';
import type { Report } from './report.ts';

/** One `up` or `down` of a lab at a time. */
export async function withInstanceLock<T>(instance: Instance, report: Report, work: () => Promise<T>): Promise<T> {
  const onWait = (): void => {
    report('waiting for another command of this lab to end');
  };
  return await withLock(path.join(instance.directory, 'lock'), onWait, work);
}

/** One hand on a Pi and its card at a time: the person's, a command's or a test's. */
export async function withPiLock<T>(pi: Pi, work: () => Promise<T>): Promise<T> {
  return await withLock(path.join(pi.directory, 'lock'), () => undefined, work);
}
