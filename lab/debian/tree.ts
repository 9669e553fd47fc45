import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { withLock } from '../lock.ts';
import type { Report } from '../report.ts';
import { run } from '../run.ts';
import { debianMirror } from './mirror.ts';
import { suite, treePackages, unpackedPrograms } from './packages.ts';
import { unpackPrograms } from './unpack.ts';

/** Stands for what `finish` does to a tree: raise it with each change there. */
const revision = 1;

/** Where the Debian tree lies in the machine-wide cache; another list of packages is another tree. */
export function treeDirectory(cache: string): string {
  const recipe = JSON.stringify([revision, suite, treePackages, unpackedPrograms]);
  return path.join(cache, `debian-${suite}-${createHash('sha256').update(recipe).digest('hex').slice(0, 12)}`);
}

/** Makes the tree unless it is there already, complete or not at all, by one process at a time. About a minute and 500 MB. */
export async function ensureTree(cache: string, report: Report): Promise<string> {
  const tree = treeDirectory(cache);
  if (existsSync(tree)) return tree;
  const onWait = (): void => {
    report('another process is making the Debian tree: waiting for it');
  };
  const make = async (): Promise<void> => {
    if (!existsSync(tree)) await makeTree(tree, report);
  };
  await withLock(`${tree}.lock`, onWait, make);
  return tree;
}

async function makeTree(tree: string, report: Report): Promise<void> {
  const unfinished = `${tree}.unfinished`;
  const downloads = `${tree}.downloads`;
  rmSync(unfinished, { recursive: true, force: true });
  rmSync(downloads, { recursive: true, force: true });
  mkdirSync(path.dirname(tree), { recursive: true });
  const mirror = await debianMirror();
  report(`making a Debian ${suite} tree from ${mirror} (once per machine, about two minutes)`);
  const include = `--include=${treePackages.join(',')}`;
  await run(['debootstrap', '--variant=minbase', include, suite, unfinished, mirror], {
    onLine: debootstrapProgress(report),
  });
  report('fetching a busybox for aarch64 and the emulator that runs it');
  await unpackPrograms(unpackedPrograms, { mirror, suite, scratch: downloads, tree: unfinished });
  finish(unfinished);
  rmSync(downloads, { recursive: true, force: true });
  renameSync(unfinished, tree);
}

/** Reports debootstrap's hundreds of lines as a few. */
function debootstrapProgress(report: Report): (line: string) => void {
  const seen = new Map<string, number>();
  return (line) => {
    const [, verb] = /^I: (Retrieving|Unpacking|Configuring) /.exec(line) ?? [];
    if (verb === undefined) return;
    const count = (seen.get(verb) ?? 0) + 1;
    seen.set(verb, count);
    if (count % 60 === 1) report(`  ${verb.toLowerCase()} packages${count > 1 ? ` (${String(count)})` : ''}`);
  };
}

function finish(tree: string): void {
  const helper = path.join(tree, 'usr/sbin/mount.vfat');
  writeFileSync(helper, mountVfat);
  chmodSync(helper, 0o755);
  // Each workstation makes its own; two that shared them would be one machine to SSH and systemd.
  for (const name of readdirSync(path.join(tree, 'etc/ssh'))) {
    if (name.startsWith('ssh_host_')) rmSync(path.join(tree, 'etc/ssh', name));
  }
  writeFileSync(path.join(tree, 'etc/machine-id'), '');
  rmSync(path.join(tree, 'var/cache/apt/archives'), { recursive: true, force: true });
}

/** mount(8) calls `mount.vfat DEVICE DIRECTORY [-sfnv] [-o OPTIONS]`. The kernel of a virtual Pi may have no VFAT; fusefat reads and writes it. */
const mountVfat = `#!/bin/sh
# VFAT through FUSE, for kernels without it. Mount options of VFAT's own (fmask, dmask, ...) have no meaning to fusefat.
set -eu
device=$1 directory=$2 access=rw+
shift 2
while [ $# -gt 0 ]; do
  case $1 in
    -o) case ",$2," in *,ro,*) access=ro ;; esac; shift ;;
  esac
  shift
done
exec fusefat -o "$access" "$device" "$directory"
`;
