import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import type { Instance } from '../instance.ts';
import type { Report } from '../report.ts';
import { tryRun } from '../run.ts';
import { shellWord } from './shell-word.ts';

const program = 'pulumi-resource-command';
const standIn = `${program}-stand-in`;

/**
 * Sees to it that the lab's Pulumi finds a plugin for @pulumi/command: the real one, fetched from its vendor, or where that cannot
 * be had the lab's stand-in, in the place where Pulumi keeps its plugins.
 *
 * @param bin the folder with the lab's `pulumi`
 */
export async function installCommandPlugin(instance: Instance, bin: string, report: Report): Promise<void> {
  const version = packageVersion(instance);
  const home = path.join(instance.directory, 'pulumi-home');
  const folder = path.join(home, 'plugins', `resource-command-v${version}`);
  if (!existsSync(folder)) await fetchPlugin(bin, home, version, report);
  if (existsSync(folder) && !existsSync(path.join(folder, standIn))) return;
  if (!existsSync(folder))
    report('the plugin of @pulumi/command cannot be had here: a stand-in of the lab takes its place');
  placeStandIn(instance, folder);
}

function packageVersion({ project }: Instance): string {
  const file = path.join(project, 'node_modules/@pulumi/command/package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

async function fetchPlugin(bin: string, home: string, version: string, report: Report): Promise<void> {
  report('fetching the plugin of @pulumi/command');
  const argv = ['timeout', '20', path.join(bin, 'pulumi'), 'plugin', 'install', 'resource', 'command', version];
  await tryRun(argv, { env: { PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: 'true', HOME: homedir() } });
}

/** Written anew each time: the checkout may have moved. */
function placeStandIn({ project }: Instance, folder: string): void {
  const node = path.join(project, 'node_modules/node/bin/node');
  const main = path.join(project, 'lab/command-plugin-stand-in/main.ts');
  const script = path.join(folder, standIn);
  mkdirSync(folder, { recursive: true });
  const words = [existsSync(node) ? node : process.execPath, '--disable-warning=DEP0180', main];
  writeFileSync(script, `#!/bin/sh\nexec ${words.map(shellWord).join(' ')} "$@"\n`);
  chmodSync(script, 0o755);
  rmSync(path.join(folder, program), { force: true });
  symlinkSync(standIn, path.join(folder, program));
}
