import { createHash } from 'node:crypto';
import { existsSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { withLock } from '../lock.ts';
import type { Report } from '../report.ts';
import { debianMirror } from './mirror.ts';
import { serverPackages, suite } from './packages.ts';
import { unpackPackages } from './unpack.ts';

/** Unpacks what the lab's servers run beside the Debian tree, in the machine-wide cache; once, about 30 MB to download. */
export async function ensureServerPackages(cache: string, report: Report): Promise<string> {
  const recipe = createHash('sha256')
    .update(JSON.stringify([suite, serverPackages]))
    .digest('hex')
    .slice(0, 12);
  const folder = path.join(cache, `servers-${suite}-${recipe}`);
  await withLock(
    `${folder}.lock`,
    () => {
      report('another process is fetching the packages of servers: waiting for it');
    },
    async () => {
      if (!existsSync(folder)) await unpack(folder, report);
    },
  );
  return folder;
}

async function unpack(folder: string, report: Report): Promise<void> {
  const [tree, scratch] = [`${folder}.unfinished`, `${folder}.downloads`];
  for (const each of [tree, scratch]) rmSync(each, { recursive: true, force: true });
  report(`fetching Debian packages for servers: ${serverPackages.join(', ')} (once per machine)`);
  await unpackPackages(serverPackages, { mirror: await debianMirror(), suite, scratch, tree });
  rmSync(scratch, { recursive: true });
  renameSync(tree, folder);
}
