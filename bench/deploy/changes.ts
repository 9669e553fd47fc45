import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { LabError } from '../../lab/errors.ts';
import type { Lab } from '../../lab/lab.ts';
import type { Project } from '../projects.ts';

/** The lab's configuration, below the project's directory. */
export const configurationFile = 'hosts/lab/configuration.nix';

const packages = 'environment.systemPackages = [ pkgs.neovim';

/**
 * Puts another package, which the Pi does not have, in the place of the one before, and builds the system.
 *
 * @returns the system's store path
 */
export async function changeOnePackage(lab: Lab, project: Project): Promise<string> {
  const file = path.join(project.directory, configurationFile);
  const text = readFileSync(file, 'utf8');
  const at = text.indexOf(packages);
  const end = text.indexOf('];', at);
  if (at === -1 || end === -1) throw new LabError(`${file} does not set ${packages} …`);
  writeFileSync(
    file,
    `${text.slice(0, at)}${packages} ${newPackage(`bench-${String(Date.now())}`)} ${text.slice(end)}`,
  );
  const argv = [
    'nix-build',
    '<nixpkgs/nixos>',
    '-A',
    'system',
    '--no-out-link',
    '-I',
    `nixos-config=${configurationFile}`,
  ];
  const { code, stdout, stderr } = await lab.exec(argv, { cwd: project.directory });
  if (code !== 0) throw new LabError(`${argv.join(' ')} ended with ${String(code)}:\n${stderr}`);
  return stdout.trim();
}

/** A package: a program, and a megabyte that cannot be compressed. */
export function newPackage(name: string): string {
  const program = `echo '#!/bin/sh' > $out/bin/${name}; chmod +x $out/bin/${name}`;
  return `(pkgs.runCommand "${name}" { } "mkdir -p $out/bin $out/share; head -c 1000000 /dev/urandom > $out/share/${name}; ${program}")`;
}
