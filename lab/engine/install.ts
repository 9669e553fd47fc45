import { chmodSync, copyFileSync, linkSync, mkdirSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Instance } from '../instance.ts';
import type { Report } from '../report.ts';
import { buildEngine, findBuiltEngine } from './build.ts';
import { installCommandPlugin } from './command-plugin.ts';
import { shellWord } from './shell-word.ts';
import { fetchVendorEngine, findVendorEngine } from './vendor.ts';

/**
 * Fills `<instance>/bin` with the Pulumi CLI and the programs that it needs beside it. See README.md for where they come from.
 *
 * @returns the folder
 * @throws LabError where no CLI can be had; it says what to do
 */
export async function installEngine(instance: Instance, report: Report): Promise<string> {
  const bin = path.join(instance.directory, 'bin');
  mkdirSync(bin, { recursive: true });
  const { folder, fromVendor } = await findEngine(instance, report);
  place(path.join(folder, 'pulumi'), bin);
  if (fromVendor) place(path.join(folder, 'pulumi-language-nodejs'), bin);
  else writeScript(bin, 'pulumi-language-nodejs', languageHostScript(folder));
  place(path.join(instance.project, 'node_modules/@pulumi/pulumi/pulumi-resource-pulumi-nodejs'), bin);
  await installCommandPlugin(instance, bin, report);
  return bin;
}

/** What is here comes first: so that only the first time waits for a download site that may be out of reach. */
async function findEngine(instance: Instance, report: Report): Promise<{ folder: string; fromVendor: boolean }> {
  const here = findVendorEngine(instance);
  if (here !== undefined) return { folder: here, fromVendor: true };
  const built = findBuiltEngine(instance.cache);
  if (built !== undefined) return { folder: built, fromVendor: false };
  const fetched = await fetchVendorEngine(instance, report);
  if (fetched !== undefined) return { folder: fetched, fromVendor: true };
  return { folder: await buildEngine(instance.cache, report), fromVendor: false };
}

/** Hard links need no space; a copy where the cache is on another file system. Renamed into place: it may be running. */
function place(file: string, bin: string): void {
  const target = path.join(bin, path.basename(file));
  const temporary = `${target}.new`;
  rmSync(temporary, { force: true });
  const source = realpathSync(file);
  try {
    linkSync(source, temporary);
  } catch {
    copyFileSync(source, temporary);
  }
  renameSync(temporary, target);
  // Renaming one hard link onto another of the same file does nothing, and leaves both.
  rmSync(temporary, { force: true });
}

function writeScript(bin: string, name: string, text: string): void {
  const target = path.join(bin, name);
  writeFileSync(`${target}.new`, text);
  chmodSync(`${target}.new`, 0o755);
  renameSync(`${target}.new`, target);
}

/** The built host, which is started in the project's folder, knows today's options of Pulumi.yaml only as flags. */
function languageHostScript(engine: string): string {
  const host = shellWord(path.join(engine, 'pulumi-language-nodejs'));
  return `#!/bin/sh
nodeargs=$(sed -n "s/^ *nodeargs: *\\(['\\"]\\{0,1\\}\\)\\(.*\\)\\1$/\\2/p" Pulumi.yaml)
exec ${host} -typescript=false "-nodeargs=$nodeargs" "$@"
`;
}
