import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { evaluateImage, evaluateSystem } from '../../../provider/nix/evaluate.ts';
import { NixMachine } from './nix-machine.ts';

jest.setTimeout(120_000);

const project = fileURLToPath(new URL('../../..', import.meta.url));
let nix: NixMachine;
let nixPath: string[];

/** The lab's nixpkgs, as far as evaluations go: what an arm64 build starts with is not there. */
beforeAll(async () => {
  nix = await NixMachine.start();
  const channels = join(nix.machine.shared, 'channels');
  for (const part of ['nixpkgs', 'nixos-hardware'])
    cpSync(join(project, 'lab', part), join(channels, part), { recursive: true });
  mkdirSync(join(channels, 'nixpkgs/bootstrap'), { recursive: true });
  writeFileSync(join(channels, 'nixpkgs/bootstrap/busybox'), '');
  nixPath = ['nixpkgs', 'nixos-hardware'].map((part) => `${part}=${join(channels, part)}`);
}, 300_000);
afterAll(async () => {
  await nix.stop();
});

const usual = `
  nixpkgs.hostPlatform = "aarch64-linux";
  system.stateVersion = "26.05";
`;
const server = 'services.openssh.enable = true;';
const pi = `users.users.pi = { isNormalUser = true; extraGroups = [ "wheel" ]; openssh.authorizedKeys.keys = [ "ssh-ed25519 AAAA" ]; };`;
const whole = `${usual} ${server} ${pi}`;

/** What nixos-hardware needs in an image. */
const mended = `
  hardware.raspberry-pi.firmware.uboot.enable = true;
  boot.kernelPackages = pkgs.linuxPackages;
`;

async function warningsOf(name: string, text: string): Promise<string[]> {
  const configuration = { ...nix.configuration(name, `{ pkgs, lib, ... }: { ${text} }`), nixPath };
  const warnings: string[] = [];
  await evaluateImage(configuration, 'sd-card', (warning) => warnings.push(warning));
  return warnings;
}

describe('an image is said to have no trap', () => {
  test.each<[string, string]>([
    ['with a user in wheel who has a key', whole],
    ['with a key of root', `${usual} ${server} users.users.root.openssh.authorizedKeys.keys = [ "ssh-ed25519 AAAA" ];`],
    [
      'with a user whom sudo knows',
      `${usual} ${server} users.users.pi = { isNormalUser = true; openssh.authorizedKeys.keys = [ "ssh-ed25519 AAAA" ]; };
       users.groups.wheel.members = [ "pi" ];`,
    ],
    ['of a Pi 4 with the usual kernel', `${whole} imports = [ <nixos-hardware/raspberry-pi/4> ]; ${mended}`],
  ])('%s', async (_name, text) => {
    expect(await warningsOf('fine', text)).toEqual([]);
  });
});

describe('an image is said to have a trap', () => {
  test.each<[string, string, RegExp[]]>([
    ['no SSH server', `${usual} ${pi}`, [/does not start an SSH server/]],
    ['nobody who can log in', `${usual} ${server}`, [/nobody could deploy to it/]],
    [
      'a user with a key who may not become root',
      `${usual} ${server} users.users.pi = { isNormalUser = true; openssh.authorizedKeys.keys = [ "ssh-ed25519 AAAA" ]; };`,
      [/nobody could deploy to it/],
    ],
    [
      'an empty password',
      `${usual} ${server} users.users.pi = { isNormalUser = true; extraGroups = [ "wheel" ]; initialHashedPassword = ""; };`,
      [/nobody could deploy to it/],
    ],
    [
      'a vendor kernel, and no boot loader',
      `${whole} imports = [ <nixos-hardware/raspberry-pi/4> ];`,
      [/vendor kernel \(linux-rpi.*linuxPackages/, /without U-Boot.*uboot\.enable = true/],
    ],
    [
      'a Pi 5 with the generic firmware',
      `${whole} hardware.deviceTree.filter = "bcm2712*-rpi-*.dtb";`,
      [/is for a Raspberry Pi 5/],
    ],
  ])('%s', async (_name, text, says) => {
    const warnings = await warningsOf('trapped', text);
    expect(warnings).toEqual(says.map((pattern) => expect.stringMatching(pattern)));
    for (const warning of warnings) expect(warning).toMatch(/^The image .*trapped\.nix /);
  });

  test('the hardware configuration of a Pi that runs already', async () => {
    writeFileSync(
      join(nix.machine.shared, 'hardware-configuration.nix'),
      '{ lib, ... }: { fileSystems."/srv" = { device = "/dev/disk/by-label/DATA"; fsType = "ext4"; }; }',
    );
    expect(await warningsOf('disks', `${whole} imports = [ ./hardware-configuration.nix ];`)).toEqual([
      expect.stringMatching(/disks\.nix imports \/.*\/hardware-configuration\.nix, which describes the disks/),
    ]);
  });
});

test('a configuration that gives no answer is none to warn of', async () => {
  const warnings: string[] = [];
  await evaluateImage(nix.configuration('silent', '{ }'), 'sd-card', (warning) => warnings.push(warning));
  expect(warnings).toEqual([]);
});

test('a warning of NixOS is told with what helps', async () => {
  const text =
    '{ script = builtins.warn "`system.build.image` is defined, while `system.build.images` is used." "echo > $out"; }';
  const warnings: string[] = [];
  await evaluateSystem(nix.configuration('both', text), (warning) => warnings.push(warning));
  expect(warnings).toEqual([
    expect.stringMatching(/is used\.\n {2}what to do: .*Take the import of sd-image\*\.nix out/),
  ]);
});
