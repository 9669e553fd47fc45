import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { PulumiCommand } from '@pulumi/pulumi/automation/index.js';
import type { Instance } from '../instance.ts';
import type { Report } from '../report.ts';

/** How long the download site may take to answer before it counts as out of reach. */
const answerWithinMs = 5000;

/**
 * A CLI from the vendor that is here already: on PATH, or fetched before.
 *
 * @returns the folder that holds `pulumi` and `pulumi-language-nodejs`
 */
export function findVendorEngine(instance: Instance): string | undefined {
  const fetched = path.join(instance.cache, 'vendor-engine/bin');
  return onPath(instance) ?? (hasLanguageHost(fetched) ? fetched : undefined);
}

function onPath(instance: Instance): string | undefined {
  const own = path.join(instance.directory, 'bin');
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== own);
  return folders
    .map((folder) => path.join(folder, 'pulumi'))
    .filter(existsSync)
    .map(folderOf)
    .find(hasLanguageHost);
}

function folderOf(program: string): string {
  return path.dirname(realpathSync(program));
}

function hasLanguageHost(folder: string): boolean {
  return existsSync(path.join(folder, 'pulumi-language-nodejs'));
}

/**
 * Fetches the CLI with the SDK's installer.
 *
 * @returns the folder; undefined where the vendor's download site is out of reach
 */
export async function fetchVendorEngine(instance: Instance, report: Report): Promise<string | undefined> {
  const root = path.join(instance.cache, 'vendor-engine');
  const bin = path.join(root, 'bin');
  if (!(await isInReach('https://get.pulumi.com/install.sh'))) return undefined;
  report('fetching the Pulumi CLI from its vendor');
  try {
    await PulumiCommand.install({ root });
  } catch (error) {
    const [reason = ''] = error instanceof Error ? error.message.split('\n') : [String(error)];
    report(`the vendor's installer failed: ${reason}`);
  }
  return hasLanguageHost(bin) ? bin : undefined;
}

async function isInReach(address: string): Promise<boolean> {
  try {
    return (await fetch(address, { method: 'HEAD', signal: AbortSignal.timeout(answerWithinMs) })).ok;
  } catch {
    return false;
  }
}
