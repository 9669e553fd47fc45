import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { bootLoaderFunctions } from '../../../provider/activation/boot-loader-script.ts';

// As nixpkgs' extlinux-conf-builder.sh writes it.
const menuOf = (system: string) => `# Generated file, all changes will be lost on nixos-rebuild!

# Change this to e.g. nixos-42 to temporarily boot to an older configuration.
DEFAULT nixos-default

MENU TITLE ------------------------------------------------------------
TIMEOUT 50

LABEL nixos-1-default
  MENU LABEL NixOS - Configuration 1-default (2026-07-01 10:00 - 26.05)
  LINUX ../nixos/k-linux-6.12.29-Image
  APPEND init=/nix/store/older/init loglevel=4

LABEL nixos-default
  MENU LABEL NixOS - Default
  LINUX ../nixos/kernel-Image
  INITRD ../nixos/initrd-initrd
  APPEND init=${system}/init console=ttyS0,115200n8 loglevel=4
  FDTDIR ../nixos/kernel-dtbs

LABEL nixos-2-default
  APPEND init=/nix/store/old/init
`;

// Debian's sh is dash, NixOS' is bash.
describe.each(['dash', 'bash'])('what boots, in %s', (shell) => {
  let root: string;
  let system: string;
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'boot-'));
    system = `${root}/nix/store/system`;
    for (const folder of ['boot/nixos', 'boot/extlinux', 'nix/store/kernel/dtbs/broadcom', 'nix/store/system/bin']) {
      mkdirSync(path.join(root, folder), { recursive: true });
    }
    write('nix/store/kernel/Image', 'a kernel');
    write('nix/store/kernel/dtbs/broadcom/pi.dtb', 'a tree');
    for (const [name, target] of [
      ['kernel', 'Image'],
      ['dtbs', 'dtbs'],
    ] as const) {
      execFileSync('ln', ['-s', `${root}/nix/store/kernel/${target}`, `${system}/${name}`]);
    }
    write('boot/extlinux/extlinux.conf', menuOf('/nix/store/old'));
    installer(`cp ${root}/menu ${root}/new && mv ${root}/new ${root}/boot/extlinux/extlinux.conf`);
    write('menu', menuOf(system));
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  function write(file: string, text: string): void {
    writeFileSync(path.join(root, file), text);
  }

  function installer(command: string): void {
    write('nix/store/system/bin/switch-to-configuration', `#!/bin/sh\n# extlinux-conf-builder.sh\n${command}\n`);
    chmodSync(`${system}/bin/switch-to-configuration`, 0o755);
  }

  function run(command: string): string {
    const functions = bootLoaderFunctions
      .replaceAll('/boot/', `${root}/boot/`)
      .replaceAll('/nix/store/', `${root}/nix/store/`);
    const input = `${functions}\nactivation_seconds=60\n${command} || echo failed`;
    return execFileSync(shell, ['-s'], { input, encoding: 'utf8' }).trim();
  }

  const copied = (name: string) => readFileSync(path.join(root, 'boot/nixos', name), 'utf8');

  test('is set up, with whole copies before the menu names them', () => {
    installer(
      `test -e ${root}/boot/nixos/kernel-Image && cp ${root}/menu ${root}/new && mv ${root}/new ${root}/boot/extlinux/extlinux.conf`,
    );
    expect(run(`set_up_boot ${system}`)).toBe('');
    expect(copied('kernel-Image')).toBe('a kernel');
    expect(copied('kernel-dtbs/broadcom/pi.dtb')).toBe('a tree');
    expect(readdirSync(path.join(root, 'boot/nixos')).toSorted()).toEqual(['kernel-Image', 'kernel-dtbs']);
  });

  test.each(['', 'a k', 'x kernel'])('a kernel that a power cut left as "%s" is replaced', (left) => {
    write('boot/nixos/kernel-Image', left);
    mkdirSync(path.join(root, 'boot/nixos/kernel-dtbs'));
    expect(run(`set_up_boot ${system}`)).toBe('');
    expect(copied('kernel-Image')).toBe('a kernel');
    expect(copied('kernel-dtbs/broadcom/pi.dtb')).toBe('a tree');
  });

  test('another default than what was set up is a failure', () => {
    write('menu', menuOf('/nix/store/older'));
    expect(run(`set_up_boot ${system}`)).toBe(
      `the boot loader would start /nix/store/older/init, not ${system}/init\nfailed`,
    );
  });

  test('a program that fails is a failure', () => {
    installer('exit 1');
    expect(run(`set_up_boot ${system}`)).toBe('failed');
  });

  test('a program that says that it failed, and ends with 0, has failed', () => {
    installer("echo 'Failed to install bootloader' >&2; exit 0");
    expect(run(`set_up_boot ${system}`)).toBe('Failed to install bootloader\nfailed');
  });

  // Its menu may be elsewhere (mirroredBoots), and this one left from before.
  test('a menu that the program does not write says nothing', () => {
    installer('echo done');
    expect(run(`set_up_boot ${system}`)).toBe('done');
  });

  test('a menu of another boot loader, left from before, is not heeded, and nothing is copied', () => {
    write('nix/store/system/bin/switch-to-configuration', '#!/bin/sh\nexit 0\n');
    expect(run(`set_up_boot ${system}`)).toBe('');
    expect(existsSync(path.join(root, 'boot/nixos/kernel-Image'))).toBe(false);
  });

  test.each([
    ['the default of several entries', menuOf('/nix/store/new'), '/nix/store/new/init'],
    ['a default that is not there', 'DEFAULT a\nLABEL b\n  APPEND init=/x/init\n', ''],
  ])('%s', (_name, menu, init) => {
    write('boot/extlinux/extlinux.conf', menu);
    expect(run('default_init')).toBe(init);
  });
});
