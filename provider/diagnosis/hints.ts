import type { Diagnosis } from './diagnosis.ts';

/** Warnings, and what may stand in any build's log: hints, where nothing else is known. */
export const hints: readonly Diagnosis[] = [
  {
    pattern: /linux-rpi-\d/,
    cause: 'The configuration takes the vendor kernel of nixos-hardware, which is compiled from source for hours.',
    remedy: 'Set `boot.kernelPackages = pkgs.linuxPackages;`, which comes from the binary cache.',
  },
  {
    pattern: /[`']system\.build\.image[`'] is defined, while [`']system\.build\.images[`'] is used/,
    cause: 'The configuration imports an sd-image module itself, and the image variant brings it as well.',
    remedy: 'Take the import of sd-image*.nix out of the configuration.',
  },
  {
    pattern: /restricted setting and you are not a trusted user/,
    cause: 'The Nix daemon ignores a setting, because it does not trust the user.',
    remedy: 'Set it in /etc/nix/nix.conf, or put the user into `nix.settings.trusted-users`.',
  },
];
