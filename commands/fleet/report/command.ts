import { writeFile } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { LocalWorkspace } from '@pulumi/pulumi/automation/index.js';
import { Command } from 'commander';
import { stackNames } from '../../pulumi-cli.ts';
import { chosen } from '../waves.ts';
import { gather } from './gather.ts';
import { renderPage } from './page.ts';
import { summaryLine } from './words.ts';

/** How many stacks are read at a time. */
const parallel = 4;

/** `fleet report`: what there is to know of all Pis, as one HTML page. */
export function reportCommand(): Command {
  return new Command('report')
    .description('everything about all Pis and their history, as one HTML page; changes nothing')
    .option('--only <pattern>', 'stacks by their names, for example "attic-*"; default: all')
    .option('--out <file>', 'where to write it', 'fleet-report.html')
    .action(writeReport);
}

async function writeReport({ only, out }: { readonly only?: string; readonly out: string }): Promise<void> {
  const directory = process.cwd();
  const workspace = await LocalWorkspace.create({ workDir: directory });
  const { name: project } = await workspace.projectSettings();
  const found = await gather(chosen(await stackNames(), only), directory, parallel);
  const madeBy = `${userInfo().username}@${hostname()}`;
  const page = renderPage({ project, madeAt: new Date(), madeBy, ...found });
  // It names addresses and versions: nothing for the other users of this machine.
  await writeFile(out, page, { mode: 0o600 });
  console.log(`${summaryLine(found.pis)}\n${pathToFileURL(path.resolve(out)).href}`);
}
