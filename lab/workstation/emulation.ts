import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Instance } from '../instance.ts';
import { runInside, tryInside } from '../machine/machine.ts';
import type { Machine } from '../machine/machine.ts';
import { writeNixConf } from './nix.ts';
import { workstationPath, workstationRoot } from './root.ts';

const emulator = '/usr/lib/lab/qemu-aarch64';
const registry = '/proc/sys/fs/binfmt_misc';
/** How the kernel knows an ELF file for aarch64: bytes of the header and which bits of them count. As in Debian's qemu-user-binfmt. */
const magic = String.raw`\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00`;
const mask = String.raw`\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff`;

/** Whether `emulation off` was asked for; on is the default, and what was asked for lasts. */
export function wantsEmulation(instance: Instance): boolean {
  return !existsSync(offMark(instance));
}

/** Makes programs for aarch64 run on the workstation, and its Nix build for that; or takes both away. */
export async function setEmulation(machine: Machine, on: boolean): Promise<void> {
  if (on) rmSync(offMark(machine.instance), { force: true });
  else writeFileSync(offMark(machine.instance), '');
  const root = workstationRoot(machine.instance);
  if (!existsSync(workstationPath(machine, `${registry}/register`))) {
    await runInside(machine, ['mount', '-t', 'binfmt_misc', 'binfmt_misc', `${root}${registry}`]);
  }
  // binfmt_misc is one for all namespaces: hence the name of one's own, and an explicit end.
  const name = registrationName(machine.instance);
  await tryInside(machine, ['sh', '-c', 'echo -1 > "$0"', `${root}${registry}/${name}`]);
  if (on) await register(machine, name);
  writeNixConf(machine, on);
}

/** Makes programs for aarch64 run on a server of the lab, whatever the workstation does: as long as the lab is up. */
export async function emulateForServer(machine: Machine): Promise<void> {
  const name = serverRegistrationName(machine.instance);
  if (existsSync(workstationPath(machine, `${registry}/${name}`))) return;
  await register(machine, name);
}

/** F: the kernel opens the emulator now, from the workstation's root, and keeps it for every namespace. P: argv[0] is kept. */
async function register(machine: Machine, name: string): Promise<void> {
  const line = `:${name}:M::${magic}:${mask}:${emulator}:PF`;
  const root = workstationRoot(machine.instance);
  await runInside(machine, ['chroot', root, '/bin/sh', '-c', `cat > ${registry}/register`], { stdin: line });
}

/** Takes the registration away, also one that a crashed lab has left: it lasts while any mount of binfmt_misc does. */
export async function removeEmulation(machine: Machine): Promise<void> {
  const remove =
    'mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc 2>/dev/null || :; for each; do [ ! -e "$each" ] || echo -1 > "$each"; done';
  const names = [registrationName(machine.instance), serverRegistrationName(machine.instance)];
  await runInside(machine, ['sh', '-c', remove, 'remove', ...names.map((name) => `${registry}/${name}`)]);
}

function registrationName(instance: Instance): string {
  return `nixos-pi-${instance.id}`;
}

function serverRegistrationName(instance: Instance): string {
  return `${registrationName(instance)}-server`;
}

function offMark(instance: Instance): string {
  return path.join(instance.directory, 'emulation-off');
}
