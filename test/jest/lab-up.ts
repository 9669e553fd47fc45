import path from 'node:path';
import { installEngine } from '../../lab/engine/install.ts';
import { Lab } from '../../lab/lab.ts';
import { reportToStderr } from '../../lab/report.ts';

/** Makes the tests' own lab, from nothing, before the first test that needs one. */
export default async function labUp(): Promise<void> {
  process.env['NIXOS_PI_LAB'] = path.join(import.meta.dirname, '../../.lab-test');
  await Lab.open().down({ purge: true });
  const lab = Lab.open();
  await Promise.all([lab.up(), installEngine(lab.instance, reportToStderr)]);
}
