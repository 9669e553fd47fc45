import { describe, expect, test } from '@jest/globals';
import { diagnose } from '../../../provider/nix/diagnose.ts';

/** What Nix, ssh and the Pi are known to say (2.26.3 where no other version is named), and a word of what to do. */
const failures: readonly [string, string, RegExp][] = [
  ['no Nix', 'spawn nix-instantiate ENOENT', /Install Nix on this machine/],
  [
    'no way to build for the Pi',
    `error: a 'aarch64-linux' with features {} is required to build '/nix/store/x.drv', but I am a 'x86_64-linux' with features {kvm}`,
    /boot\.binfmt\.emulatedSystems.*extra-platforms.*builders/,
  ],
  [
    'the same, Nix 2.30',
    `error: Cannot build '/nix/store/x.drv'.\n       Reason: platform mismatch\n       Required system: 'aarch64-linux'`,
    /binfmt/,
  ],
  [
    'the same, Nix 2.29',
    `error: Cannot build '/nix/store/x.drv'.\nReason: required system or feature not available\nRequired system: 'aarch64-linux' with features {}`,
    /binfmt/,
  ],
  ['emulation that is not there', `error: executing '/nix/store/x/bin/bash': Exec format error`, /kernel cannot/],
  [
    'a builder that is not in reach, with what Nix says because of it',
    `cannot build on 'ssh-ng://root@b': error: failed to start SSH connection to 'root@b'\nFailed to find a machine for remote build!\nerror: a 'aarch64-linux' with features {} is required to build 'x', but I am a 'x86_64-linux'`,
    /^No builder could be reached/,
  ],
  [
    'no nixos-hardware',
    `error: file 'nixos-hardware/raspberry-pi/4' was not found in the Nix search path (add it using $NIX_PATH or -I)`,
    /THIS machine.*nix-channel --add .*nixos-hardware/,
  ],
  ['no nixos-config', `error: file 'nixos-config' was not found in the Nix search path`, /`configuration`/],
  ['no nixpkgs', `error: file 'nixpkgs/nixos' was not found in the Nix search path`, /nixpkgs=channel:/],
  [
    'a channel that cannot be fetched',
    `warning: Nix search path entry 'channel:nixos-26.05' cannot be downloaded, ignoring\nerror: file 'nixpkgs/nixos' was not found in the Nix search path`,
    /online/,
  ],
  [
    'no hardware configuration',
    `error: path '/pis/kitchen/hardware-configuration.nix' does not exist`,
    /HardwareConfig/,
  ],
  [
    'no root file system',
    'error:\n       Failed assertions:\n       - The ‘fileSystems’ option does not specify your root file system.',
    /Import \.\/hardware-configuration\.nix/,
  ],
  [
    'an image that imports the hardware configuration',
    'error: The option `fileSystems."/".device\' has conflicting definition values:',
    /do not import it there/,
  ],
  [
    'a user whom the Pi does not trust',
    `error: cannot add path '/nix/store/x' because it lacks a signature by a trusted key\nerror: unexpected end-of-file`,
    /trusted-users/,
  ],
  ['a full disk', 'error: writing to file: No space left on device', /Free space/],
  ['no memory', `error: builder for '/nix/store/x.drv' failed due to signal 9 (Killed)`, /memory/],
  [
    'another host key',
    '@@@@@@@@@\n@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.',
    /hostKey/,
  ],
];

test.each(failures)('%s has a remedy', (_name, text, remedy) => {
  expect(diagnose(text)).toMatch(remedy);
});

describe('no remedy is made up', () => {
  test.each([
    ['for nothing', ''],
    ['for what is not known', 'error: undefined variable `foo`'],
    ['for a name that only looks alike', "file 'nixos-hardware' was built"],
  ])('%s', (_name, text) => {
    expect(diagnose(text)).toBeUndefined();
  });
});
