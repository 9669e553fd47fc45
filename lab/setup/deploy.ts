import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { LabError } from '../errors.ts';
import type { Lab } from '../lab.ts';
import { run, tryRun } from '../run.ts';
import { insideWorkstation } from '../workstation/environment.ts';

/** The stack of the lab's Pi. */
export const stack = 'lab';

const outputsSchema = z.object({
  address: z.string(),
  storePath: z.string(),
  generation: z.number(),
  kernel: z.string(),
  boardModel: z.string(),
  /** What each check printed, by its command. */
  checks: z.record(z.string(), z.string()).default({}),
});

/** What the stack says about the Pi. */
export type Outputs = z.infer<typeof outputsSchema>;

/**
 * `pulumi up` on the workstation, line by line as the engine tells it.
 *
 * @throws LabError when it fails; what went wrong is in its lines
 */
export async function deploy(lab: Lab, onLine: (line: string) => void): Promise<void> {
  await ensureStack(lab);
  const argv = ['pulumi', 'up', '--stack', stack, '--yes', '--skip-preview', '--non-interactive', '--color', 'never'];
  const { code } = await tryRun(insideWorkstation(lab.machine(), argv), { onLine });
  if (code === 0) return;
  throw new LabError(
    `pulumi up ended with ${String(code)}; what went wrong is above.\n` +
      '  what to do: put it right and run npm start again, or look around: npm run lab -- shell, npm run lab -- logs',
  );
}

/** Makes the stack of the lab's Pi and its config, so that a plain `pulumi preview` finds them. */
export async function ensureStack(lab: Lab): Promise<void> {
  const { stdout } = await run(
    insideWorkstation(lab.machine(), ['pulumi', 'stack', 'ls', '--json', '--non-interactive']),
  );
  const stacks = JSON.parse(stdout) as { name: string }[];
  const config = path.join(lab.instance.project, `Pulumi.${stack}.yaml`);
  // Not in git: the engine writes into it how to recognise the lab's own passphrase.
  if (!existsSync(config)) copyFileSync(path.join(lab.instance.project, 'lab', `Pulumi.${stack}.yaml`), config);
  if (!stacks.some(({ name }) => name === stack)) forgetOldPassphrase(lab, config);
  await run(insideWorkstation(lab.machine(), ['pulumi', 'stack', 'select', '--create', stack, '--non-interactive']));
}

/**
 * Pulumi writes into the stack's config file how to recognise the passphrase (encryptionsalt). That of a lab that was removed
 * would be taken for a wrong passphrase of this one.
 */
function forgetOldPassphrase(lab: Lab, file: string): void {
  const text = readFileSync(file, 'utf8');
  if (!/^encryptionsalt:/m.test(text)) return;
  if (/^\s+secure:/m.test(text)) {
    throw new LabError(
      `${file} holds secrets that were encrypted with the passphrase of another lab.\n` +
        '  what to do: remove them (pulumi config rm KEY) and the line encryptionsalt, or put that passphrase into ' +
        path.join(lab.instance.directory, 'passphrase'),
    );
  }
  writeFileSync(file, text.replace(/^encryptionsalt:.*\n?/m, ''));
}

/** @throws LabError when the stack has not been deployed */
export async function readOutputs(lab: Lab): Promise<Outputs> {
  const argv = ['pulumi', 'stack', 'output', '--json', '--stack', stack, '--non-interactive'];
  const { stdout } = await run(insideWorkstation(lab.machine(), argv));
  return outputsSchema.parse(JSON.parse(stdout));
}
