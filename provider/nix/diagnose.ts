/** A text that Nix is known to print, and what to do about it. */
interface Diagnosis {
  readonly pattern: RegExp;
  readonly remedy: string;
}

const emulation =
  'This machine cannot build for the Pi. On NixOS set `boot.binfmt.emulatedSystems = [ "aarch64-linux" ];` and switch; elsewhere ' +
  'install qemu-user with binfmt and set `extra-platforms = aarch64-linux` in nix.conf, or add an aarch64 builder to `builders`.';

// The first that matches is told: a cause stands before what Nix says because of it.
const diagnoses: readonly Diagnosis[] = [
  {
    pattern: /spawn nix\S* ENOENT/,
    remedy: 'Install Nix on this machine (https://nixos.org/download), or put its programs on PATH.',
  },
  {
    pattern: /Failed to find a machine for remote build!|cannot build on '[^']+'/,
    remedy: 'No builder could be reached: check `builders` in nix.conf and `nix store info --store ssh-ng://BUILDER`.',
  },
  {
    pattern:
      /a '[^']+' with features \{[^}]*\} is required to build|platform mismatch|required system or feature not available/i,
    remedy: emulation,
  },
  {
    pattern: /Exec format error/,
    remedy: `Nix believes that this machine can run the Pi's programs (extra-platforms), but the kernel cannot. ${emulation}`,
  },
  {
    pattern: /Nix search path entry '[^']+' cannot be downloaded/,
    remedy:
      'A channel could not be downloaded: is this machine online? A `nixPath` entry may also be a path on this machine.',
  },
  {
    pattern: /file 'nixos-config' was not found in the Nix search path/,
    remedy: 'The file of the configuration is not there any more: restore it, or correct `configuration`.',
  },
  {
    pattern: /file 'nixos-hardware\/[^']*' was not found in the Nix search path/,
    remedy:
      'Add the nixos-hardware channel on THIS machine: `nix-channel --add https://github.com/NixOS/nixos-hardware/archive/master.tar.gz nixos-hardware && nix-channel --update`, or name it in `nixPath`.',
  },
  {
    pattern: /file '(nixpkgs|nixos)[^']*' was not found in the Nix search path/,
    remedy: 'Name nixpkgs in `nixPath` or NIX_PATH, for example `nixpkgs=channel:nixos-26.05`.',
  },
  {
    pattern: /hardware-configuration\.nix'? does not exist/,
    remedy:
      'Fetch it from the Pi first: give the deployment a HardwareConfig, or copy the file beside the configuration.',
  },
  {
    pattern: /The ‘fileSystems’ option does not specify your root file system/,
    remedy: 'Import ./hardware-configuration.nix in the configuration.',
  },
  {
    pattern: /conflicting definition values/,
    remedy:
      'Two files set the option. If one is hardware-configuration.nix and this is the image: do not import it there, an image has its own file systems.',
  },
  {
    pattern: /lacks a signature by a trusted key/,
    remedy:
      'The user may not add unsigned paths on the Pi: put it into `nix.settings.trusted-users` there, or log in as root.',
  },
  {
    pattern: /No space left on device/,
    remedy: 'Free space: `nix-collect-garbage --delete-old` on the machine that ran out, or use a larger card.',
  },
  {
    pattern: /failed due to signal 9|Killed/,
    remedy: 'The build ran out of memory: build on another machine, or lower `max-jobs` and `cores` in nix.conf.',
  },
  {
    pattern: /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/,
    remedy:
      'Another machine answers at this address, or the card was flashed anew elsewhere: check before you change `hostKey`.',
  },
];

/** What to do about a text that Nix printed; undefined where it is not known. */
export function diagnose(text: string): string | undefined {
  return diagnoses.find(({ pattern }) => pattern.test(text))?.remedy;
}
