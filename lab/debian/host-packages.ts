import { existsSync } from 'node:fs';
import path from 'node:path';
import { LabError } from '../errors.ts';
import type { Report } from '../report.ts';
import { run } from '../run.ts';
import { hostPackages } from './packages.ts';

/**
 * Installs those Debian packages whose program is missing on this machine, and says which.
 *
 * @param packages each with a program by which it is recognised; default: what the lab needs.
 */
export async function installHostPackages(report: Report, packages = hostPackages): Promise<void> {
  const missing = Object.entries(packages).filter(([, program]) => !isOnPath(program));
  if (missing.length === 0) return;
  const names = missing.map(([name]) => name);
  report(`installing Debian packages on this machine: ${names.join(', ')}`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await run(['apt-get', 'update', '--quiet'], { env });
  await run(['apt-get', 'install', '--yes', '--quiet', '--no-install-recommends', ...names], { env });
  const still = missing.filter(([, program]) => !isOnPath(program));
  if (still.length > 0)
    throw new LabError(
      `the programs ${still.map(([, program]) => program).join(', ')} are still not found after installing ${names.join(', ')}`,
    );
}

function isOnPath(program: string): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
  return folders.some((folder) => existsSync(path.join(folder, program)));
}
