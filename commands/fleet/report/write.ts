import { open } from 'node:fs/promises';
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
  await writePrivately(out, page);
  console.log(`${summaryLine(found.pis)}\n${pathToFileURL(path.resolve(out)).href}`);
}

/** It names addresses and versions: nothing for the other users of this machine. */
export async function writePrivately(file: string, page: string): Promise<void> {
  const handle = await open(file, 'w', 0o600);
  try {
    // One that is there would keep its mode; a device, /dev/stdout for example, is to keep it.
    if ((await handle.stat()).isFile()) await handle.chmod(0o600);
    await handle.writeFile(page);
  } finally {
    await handle.close();
  }
}
