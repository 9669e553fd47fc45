import { installEngine } from '../../lab/engine/install.ts';
import { Lab } from '../../lab/lab.ts';
import { reportToStderr } from '../../lab/report.ts';
import { labOfWorker, labPrefix, purgeLabs, type TestProject } from './own-labs.ts';

/** Makes the first worker's lab, and with it what all labs share; the others make theirs when they need it. */
export default async function ownLabsUp(_jest: unknown, { globals }: TestProject): Promise<void> {
  const prefix = labPrefix(globals);
  await purgeLabs(prefix);
  const lab = Lab.open(labOfWorker(prefix));
  await Promise.all([lab.up(), installEngine(lab.instance, reportToStderr)]);
}
