import type { Diagnosis } from './diagnosis.ts';

const emulation =
  'On NixOS set `boot.binfmt.emulatedSystems = [ "aarch64-linux" ];` and switch; elsewhere install qemu-user with binfmt and set `extra-platforms = aarch64-linux` in nix.conf; or add an aarch64 builder to `builders`, or build on the Pi (`buildOn`).';

/** What Nix says about builders and builds. */
export const buildingDiagnoses: readonly Diagnosis[] = [
  {
    pattern: /Failed to find a machine for remote build!|cannot build on '[^']+'/,
    cause: 'No builder could be reached.',
    remedy: 'Check `builders` in nix.conf and `nix store info --store ssh-ng://BUILDER`.',
  },
  {
    pattern:
      /a '([^']+)' with features \{[^}]+\} is required to build [^\n]*but I am a '\1'|Required system: '([^']+)' with features \{[^}]+\}\s+Current system: '\2'/,
    cause: 'This machine is of the right kind, but does not offer a feature that the build asks for.',
    remedy:
      'Add the feature that is named to `system-features` in nix.conf (kvm: only where /dev/kvm is), or use a builder.',
  },
  {
    pattern:
      /a '[^']+' with features \{[^}]*\} is required to build|platform mismatch|required system or feature not available/i,
    cause: 'This machine cannot build for the Pi.',
    remedy: emulation,
  },
  {
    pattern: /Exec format error/,
    cause: "Nix believes that this machine can run the Pi's programs (extra-platforms), but the kernel cannot.",
    remedy: emulation,
  },
  {
    pattern: /qemu: uncaught target signal|qemu: Unsupported syscall/,
    cause: 'The emulator that runs the programs of the Pi crashed.',
    remedy:
      'Run it again; if it stays, use another version of qemu, an aarch64 builder, or build on the Pi (`buildOn`).',
  },
  {
    pattern: /unable to start any build/i,
    cause: 'Nix may build nothing here (`max-jobs = 0`), and no builder takes the work.',
    remedy: 'Set `max-jobs` in nix.conf to more than 0, or add a builder to `builders`.',
  },
  {
    pattern: /not privileged to build input-addressed derivations/,
    cause: 'The builder does not trust the user who sends it work.',
    remedy: 'Put the user into `nix.settings.trusted-users` on the builder, or log in there as root.',
  },
  {
    pattern: /hash mismatch in fixed-output derivation/,
    cause: 'What was downloaded is not what the package declares: the source changed, or a server gave an error page.',
    remedy:
      'Update nixpkgs (the pinned channel or flake.lock). For a package of your own: put the hash that is shown (`got:`) into it.',
  },
  {
    pattern: /Module \S+ not found in directory \S*-(?:linux-\S*-)?modules/,
    cause:
      'The kernel has no module that the initial ramdisk wants: the vendor kernels of the Pi are built with fewer.',
    remedy:
      'Set `boot.kernelPackages = pkgs.linuxPackages;`, or take the module out of `boot.initrd.availableKernelModules` (`boot.initrd.allowMissingModules = true` ignores it).',
  },
];
