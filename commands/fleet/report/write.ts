import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { LocalWorkspace } from '@pulumi/pulumi/automation/index.js';
import { personHere } from '../../../provider/values/person.ts';
import { stackNames } from '../../pulumi-cli.ts';
import { defaultParallel } from '../fleet-command.ts';
import { chosen } from '../waves.ts';
import type { ReportOptions } from './command.ts';
import { gather } from './gather.ts';
import { renderPage } from './page.ts';
import { summaryLine } from './words.ts';

/** Writes all that there is to know of the chosen Pis as one HTML page, and says where. */
export async function writeReport({ only, out }: ReportOptions): Promise<void> {
  const directory = process.cwd();
  const workspace = await LocalWorkspace.create({ workDir: directory });
  const { name: project } = await workspace.projectSettings();
  const found = await gather(chosen(await stackNames(), only), directory, defaultParallel());
  const page = renderPage({ project, madeAt: new Date(), madeBy: personHere(), ...found });
  // It names addresses and versions: nothing for the other users of this machine.
  await writeFile(out, page, { mode: 0o600 });
  console.log(`${summaryLine(found.pis)}\n${pathToFileURL(path.resolve(out)).href}`);
}
