import { installEngine } from '../../lab/engine/install.ts';
import { Lab } from '../../lab/lab.ts';
import { reportToStderr } from '../../lab/report.ts';
import { labOfWorker, purgeLabs } from './faults-labs.ts';

/** Makes the first worker's lab, and with it what all labs share; the others make theirs when they need it. */
export default async function faultsUp(): Promise<void> {
  await purgeLabs();
  const lab = Lab.open(labOfWorker('1'));
  await Promise.all([lab.up(), installEngine(lab.instance, reportToStderr)]);
}
