import { LabError } from '../errors.ts';
import { checkRequirements } from '../requirements.ts';
import { Lab } from '../lab.ts';
import { installEngine } from '../engine/install.ts';
import { deploy, readOutputs } from './deploy.ts';
import { Progress } from './progress.mjs';
import { proveReboot } from './reboot-proof.ts';
import { summary } from './summary.ts';

/** A Raspberry Pi from nothing: the lab, the engine, `pulumi up`, and the proof that a reboot changes nothing. */
async function start(progress: Progress): Promise<void> {
  checkRequirements();
  const lab = await makeLab(progress);
  progress.start('pulumi up: image, card, hardware configuration, deployment, checks');
  await deploy(lab, (line) => {
    if (!line.startsWith('@ updating')) progress.say(line);
  });
  const outputs = await readOutputs(lab);
  progress.start('Rebooting the Pi: does it keep the generation?');
  const proof = await proveReboot(lab, outputs, (line) => {
    progress.update(line);
  });
  progress.done();
  process.stdout.write(summary(lab, outputs, proof));
}

/** The lab waits for the network, the engine for the processor: both at once. */
async function makeLab(progress: Progress): Promise<Lab> {
  progress.start('Setting up the lab and the Pulumi engine');
  const report = (line: string): void => {
    progress.update(line);
  };
  const lab = Lab.open(undefined, report);
  const results = await Promise.allSettled([lab.up(), installEngine(lab.instance, report)]);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  progress.done();
  return lab;
}

const progress = new Progress();
try {
  await start(progress);
} catch (error) {
  progress.failed();
  if (!(error instanceof LabError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
