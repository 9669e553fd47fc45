import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { LabError } from './errors.ts';

/**
 * @throws LabError that names everything the lab needs and this machine lacks
 */
export function checkRequirements(): void {
  if (missingRequirements().length > 0) loadModules();
  const missing = missingRequirements();
  if (missing.length === 0) return;
  throw new LabError(
    [
      'The lab cannot run here:',
      ...missing.map((line) => `  - ${line}`),
      'Without the lab you still have the provider itself, for a real Pi (see README.md), and the unit tests: npm run test:unit.',
    ].join('\n'),
  );
}

/** Where these are modules, the kernel loads them at their first use: which has not been yet. */
function loadModules(): void {
  spawnSync('modprobe', ['--quiet', '--all', 'loop', 'fuse', 'ext4', 'overlay', 'binfmt_misc', 'veth', 'bridge']);
}

function missingRequirements(): string[] {
  const checks: readonly (readonly [boolean, string])[] = [
    [process.getuid?.() === 0, 'it makes namespaces, mounts and loop devices, and for that it must be root'],
    [
      existsSync('/usr/bin/apt-get'),
      'it installs what it needs with apt-get, which this system does not have (Debian 12 or newer is known to work)',
    ],
    [process.arch === 'x64', `its Debian tree is for x86_64, and this machine is ${process.arch}`],
    [kernelHasDevice('loop-control'), 'the kernel has no loop devices (CONFIG_BLK_DEV_LOOP): they are its SD cards'],
    [kernelHasDevice('fuse'), 'the kernel has no FUSE (CONFIG_FUSE_FS): the Pi mounts /boot/firmware with it'],
    [kernelHas('ext4'), 'the kernel has no ext4'],
    [kernelHas('overlay'), 'the kernel has no overlay file system'],
    [
      kernelHas('binfmt_misc') || existsSync('/proc/sys/fs/binfmt_misc'),
      'the kernel has no binfmt_misc: programs for aarch64 run through it',
    ],
    [
      existsSync('/proc/self/ns/net') && existsSync('/proc/self/ns/pid'),
      'the kernel has no network or process namespaces',
    ],
  ];
  return checks.filter(([met]) => !met).map(([, text]) => text);
}

function kernelHasDevice(name: string): boolean {
  return new RegExp(` ${name}$`, 'm').test(readFileSync('/proc/misc', 'utf8'));
}

function kernelHas(fileSystem: string): boolean {
  return new RegExp(`\\t${fileSystem}$`, 'm').test(readFileSync('/proc/filesystems', 'utf8'));
}
