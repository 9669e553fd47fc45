import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { defaultBootEntryInit } from '../../../provider/activation/extlinux.ts';

// As nixpkgs' extlinux-conf-builder.sh writes it.
const generated = `# Generated file, all changes will be lost on nixos-rebuild!

# Change this to e.g. nixos-42 to temporarily boot to an older configuration.
DEFAULT nixos-default

MENU TITLE ------------------------------------------------------------
TIMEOUT 50

LABEL nixos-default
  MENU LABEL NixOS - Default
  LINUX ../nixos/k-linux-6.12.30-Image
  INITRD ../nixos/i-initrd-linux-6.12.30-initrd
  APPEND init=/nix/store/new/init console=ttyS0,115200n8 loglevel=4
  FDTDIR ../nixos/k-linux-6.12.30-dtbs

LABEL nixos-1-default
  MENU LABEL NixOS - Configuration 1-default (2026-07-01 10:00 - 26.05)
  LINUX ../nixos/k-linux-6.12.29-Image
  INITRD ../nixos/i-initrd-linux-6.12.29-initrd
  APPEND init=/nix/store/old/init console=ttyS0,115200n8 loglevel=4
  FDTDIR ../nixos/k-linux-6.12.29-dtbs
`;

describe('what the boot loader starts by default', () => {
  test.each<[string, string, string | undefined]>([
    ['the default of several entries', generated, '/nix/store/new/init'],
    [
      'an older entry that someone chose by hand',
      generated.replace('DEFAULT nixos-default', 'DEFAULT nixos-1-default'),
      '/nix/store/old/init',
    ],
    ['lower case keywords', 'default a\nlabel a\nappend quiet init=/x/init\n', '/x/init'],
    ['tabs', 'DEFAULT\ta\nLABEL\ta\n\tAPPEND\tquiet\tinit=/x/init\tro\n', '/x/init'],
    ['Windows line ends', 'DEFAULT a\r\nLABEL a\r\n  APPEND init=/x/init\r\n', '/x/init'],
    ['a default that comes last', 'LABEL a\nAPPEND init=/a/init\nLABEL b\nAPPEND init=/b/init\nDEFAULT b', '/b/init'],
    ['no default', 'LABEL a\nAPPEND init=/x/init\n', undefined],
    ['a default without an entry', 'DEFAULT b\nLABEL a\nAPPEND init=/x/init\n', undefined],
    ['a default entry without parameters', 'DEFAULT a\nLABEL a\nLINUX x\nLABEL b\nAPPEND init=/b/init', undefined],
    ['parameters without init', 'DEFAULT a\nLABEL a\nAPPEND root=/dev/sda1 rdinit=/x\n', undefined],
    [
      'a comment that looks like an entry',
      'DEFAULT a\n# LABEL a\n# APPEND init=/no\nLABEL a\nAPPEND init=/yes',
      '/yes',
    ],
    ['an empty file', '', undefined],
  ])('%s', (_name, menu, init) => {
    expect(defaultBootEntryInit(menu)).toBe(init);
  });

  test('any text gives an answer', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        defaultBootEntryInit(text);
      }),
    );
  });
});
