import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { run } from '../run.ts';
import type { Machine } from '../machine/machine.ts';
import { insideWorkstation } from './environment.ts';
import { workstationPath } from './root.ts';

const channels = '/nix/var/nix/profiles/per-user/root/channels';
const emulatedPlatform = 'extra-platforms = aarch64-linux\n';

/** @param emulation whether this Nix may build for aarch64 through the emulator */
export function writeNixConf(machine: Machine, emulation: boolean): void {
  // A sandbox would hide the workstation's mkfs.ext4 and mtools from lab/nixpkgs; substituters are out of reach here.
  const settings = 'sandbox = false\nsubstituters =\nbuild-users-group =\nexperimental-features = nix-command flakes\n';
  mkdirSync(workstationPath(machine, 'etc/nix'), { recursive: true });
  writeFileSync(workstationPath(machine, 'etc/nix/nix.conf'), emulation ? settings + emulatedPlatform : settings);
}

/** Puts the miniature nixpkgs and nixos-hardware into the store, as channels; again when their files have changed. */
export async function refreshChannels(machine: Machine, tree: string): Promise<void> {
  const { project } = machine.instance;
  const busybox = path.join(tree, 'usr/lib/lab/aarch64/busybox');
  await refreshChannel(machine, 'nixpkgs', path.join(project, 'lab/nixpkgs'), { 'bootstrap/busybox': busybox });
  await refreshChannel(machine, 'nixos-hardware', path.join(project, 'lab/nixos-hardware'), {});
}

async function refreshChannel(
  machine: Machine,
  name: string,
  source: string,
  extra: Readonly<Record<string, string>>,
): Promise<void> {
  if (!existsSync(source)) return;
  const link = workstationPath(machine, `${channels}/${name}`);
  const record = path.join(machine.instance.directory, 'workstation', `channel-${name}`);
  const now = fingerprint([source, ...Object.values(extra)]);
  if (existsSync(record) && readFileSync(record, 'utf8') === now) return;
  const assembled = path.join(machine.instance.directory, 'workstation/channels', name);
  rmSync(assembled, { recursive: true, force: true });
  cpSync(source, assembled, { recursive: true });
  for (const [target, file] of Object.entries(extra)) {
    mkdirSync(path.dirname(path.join(assembled, target)), { recursive: true });
    cpSync(file, path.join(assembled, target));
    await writeHash(machine, path.dirname(path.join(assembled, target)));
  }
  const added = await run(insideWorkstation(machine, ['nix-store', '--add', assembled]));
  mkdirSync(path.dirname(link), { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(added.stdout.trim(), link);
  rmSync(assembled, { recursive: true });
  writeFileSync(record, now);
}

/** Beside a folder, in a file with `-hash` after its name: the hash by which Nix finds it in the store. */
async function writeHash(machine: Machine, folder: string): Promise<void> {
  const hash = await run(insideWorkstation(machine, ['nix-hash', '--type', 'sha256', '--base32', folder]));
  writeFileSync(`${folder}-hash`, hash.stdout.trim());
}

/** Changes when a file below is written, added or removed; reads no contents. */
function fingerprint(roots: readonly string[]): string {
  const files = roots
    .flatMap((root) => [root, ...globSync('**/*', { cwd: root }).map((name) => path.join(root, name))])
    .sort();
  const hash = createHash('sha256');
  for (const file of files) {
    const { mtimeMs, size, mode } = statSync(file);
    hash.update(`${file}\0${String(mtimeMs)}\0${String(size)}\0${String(mode)}\n`);
  }
  return hash.digest('hex');
}
