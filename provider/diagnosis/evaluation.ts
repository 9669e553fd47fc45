import type { Diagnosis } from './diagnosis.ts';

/** What Nix says about configurations, channels and flakes. */
export const evaluationDiagnoses: readonly Diagnosis[] = [
  {
    pattern: /Nix search path entry '[^']+' cannot be downloaded/,
    cause: 'A channel could not be downloaded.',
    remedy: 'Is this machine online? A `nixPath` entry may also be a path on this machine.',
  },
  {
    pattern: /file 'nixos-config' was not found in the Nix search path/,
    cause: 'The file of the configuration is not there any more.',
    remedy: 'Restore it, or correct `configuration`.',
  },
  {
    pattern: /file 'nixos-hardware\/[^']*' was not found in the Nix search path/,
    cause: 'The nixos-hardware channel is missing on THIS machine; the one on the Pi does not count.',
    remedy:
      'Name it in `nixPath`, or `nix-channel --add https://github.com/NixOS/nixos-hardware/archive/master.tar.gz nixos-hardware && nix-channel --update`.',
  },
  {
    pattern: /file '(nixpkgs|nixos)[^']*' was not found in the Nix search path/,
    cause: 'This machine has no nixpkgs.',
    remedy: 'Name nixpkgs in `nixPath` or NIX_PATH, for example `nixpkgs=channel:nixos-26.05`.',
  },
  {
    pattern: /file '[^']+' was not found in the Nix search path/,
    cause: 'A name in `<angle brackets>` leads nowhere on this machine.',
    remedy: 'Add it to `nixPath` as `name=path`, or to NIX_PATH.',
  },
  {
    pattern: /Path '[^']+' in the repository [^\n]*is not tracked by Git/,
    cause: 'A flake sees only the files that Git knows.',
    remedy: '`git add` the file that is named; it need not be committed.',
  },
  {
    pattern: /hardware-configuration\.nix'?(?: does not exist|: No such file or directory)/,
    cause: 'The hardware configuration was not fetched yet.',
    remedy:
      'Fetch it from the Pi first: give the deployment a HardwareConfig, or copy the file beside the configuration.',
  },
  {
    // It is nixpkgs' own file that is not there, or the attribute that is asked for.
    pattern:
      /nixos\/modules\/[^\n]*sd-image[^/\n]*\.nix'?(?: does not exist|: No such file or directory)|attribute 'images' missing[^]*system\.build\.images|system\.build\.images[^]*attribute 'images' missing/,
    cause: 'This version of NixOS makes no images by variants.',
    remedy: 'For an SdImage take NixOS 25.05 or newer, or give a finished image as `imageFile`.',
  },
  {
    pattern:
      /(?:path '\/nix\/store\/[^'/]+-source\/[^']+' does not exist|(?:opening file|getting status of) '\/nix\/store\/[^'/]+-source\/[^']+': No such file or directory)/,
    cause: 'A flake sees only the files that Git knows, and this one is not among them.',
    remedy: '`git add` what is named behind `-source/`; it need not be committed. If it is added: the path is wrong.',
  },
  {
    pattern: /experimental (?:\w+ )?feature '(?:flakes|nix-command)' is disabled/,
    cause: 'Flakes or the new commands are not switched on here.',
    remedy: 'Add `experimental-features = nix-command flakes` to nix.conf.',
  },
  {
    pattern: /does not contain a '[^']*flake\.nix' file|could not find a flake\.nix file/,
    cause: 'There is no flake.nix where the flake is said to be.',
    remedy: 'Correct `flake`: the part before # is a folder or URL, the part behind it the name of the host.',
  },
  {
    pattern: /does not provide attribute '[^']*nixosConfigurations/,
    cause: 'The flake has no host of that name.',
    remedy: '`nix flake show` lists them; the name behind # is the one in `nixosConfigurations`.',
  },
  {
    pattern:
      /is forbidden in pure eval(?:uation)? mode|forbidden in restricted mode|cannot look up '<[^']*>' in pure evaluation mode/,
    cause: 'A flake may read only itself and its inputs: no absolute paths, no environment, no `<names>`.',
    remedy: 'Make what it reads part of the flake, or an input of it.',
  },
  {
    pattern: /Neither \S*nixpkgs\.hostPlatform\S* nor (?:or )?the legacy option/,
    cause: 'The configuration does not say what machine it is for; a flake has no default.',
    remedy: 'Set `nixpkgs.hostPlatform = "aarch64-linux";` in it.',
  },
  {
    pattern: /The ‘fileSystems’ option does not specify your root file system/,
    cause: 'The configuration says nothing about the disks of the Pi.',
    remedy: 'Import ./hardware-configuration.nix in the configuration.',
  },
  {
    pattern: /You must set the option ‘boot\.loader\.grub\.devices?’/,
    cause: "The configuration wants GRUB, NixOS' default, which no Pi boots.",
    remedy: 'Set `boot.loader.grub.enable = false; boot.loader.generic-extlinux-compatible.enable = true;`.',
  },
  {
    pattern: /Neither the root account nor any wheel user has a password or SSH authorized key/,
    cause: 'Nobody could log in any more.',
    remedy: 'Give the login its key: `users.users.NAME.openssh.authorizedKeys.keys`, with `extraGroups = [ "wheel" ]`.',
  },
  {
    // The second is what older ones say.
    pattern: /cannot have a users\.users\.root\.uid set below 1000|Exactly one of users\.users\.root\./,
    cause: '`isNormalUser` is for the account of a person; root is there in every system.',
    remedy: 'Take `isNormalUser` out of `users.users.root`; its `openssh.authorizedKeys` may stay.',
  },
  {
    pattern: /Exactly one of users\.users\.\S+\.isSystemUser and users\.users\.\S+\.isNormalUser must be set/,
    cause: 'A user is neither a person nor a service.',
    remedy: 'Set `isNormalUser = true` for a login.',
  },
  {
    pattern: /conflicting definition values/,
    cause: 'Two files set the option.',
    remedy:
      'If one is hardware-configuration.nix and this is the image: do not import it there, an image has its own file systems. Else take one out, or use `lib.mkForce`.',
  },
  {
    // What NixOS 25.05 and 25.11 say of it.
    pattern: /option [`']system\.build\.images' was accessed but has no value defined/,
    cause: 'The configuration imports an sd-image module itself, and then this NixOS has no image variants.',
    remedy: 'Take the import of sd-image*.nix out of the configuration.',
  },
  {
    pattern: /The option [`'][^\n]*' does not exist/,
    cause:
      'No module declares that option: a typing error, a module that is not imported, or another version of NixOS.',
    remedy: 'Look it up for your version: https://search.nixos.org/options.',
  },
  {
    pattern: /infinite recursion encountered/,
    cause:
      'A value depends on itself: often `imports` that use `pkgs` or `config`, or an option that is set from itself.',
    remedy: 'In `imports` use only what is given from outside (`specialArgs`); the trace above names the file.',
  },
  {
    pattern: /has an unfree license/,
    cause: 'A package is not free software, and nixpkgs refuses it until it is allowed.',
    remedy: 'Set `nixpkgs.config.allowUnfreePredicate` for it, or `nixpkgs.config.allowUnfree = true`.',
  },
  {
    pattern: /is marked as insecure, refusing to evaluate/,
    cause: 'A package has known security holes, and nixpkgs refuses it.',
    remedy: 'Take a newer one, or list its name in `nixpkgs.config.permittedInsecurePackages`.',
  },
  {
    pattern: /is marked as broken, refusing to evaluate/,
    cause: 'nixpkgs knows that the package does not build in this version.',
    remedy: 'Take it out, or another version of nixpkgs.',
  },
  {
    pattern: /is not available on the requested hostPlatform/,
    cause: 'The package does not exist for the kind of machine that the Pi is.',
    remedy: 'Take it out of the configuration of the Pi.',
  },
  {
    pattern: /attribute '[^']+' (?:missing|in selection path [^\n]* not found)/,
    cause: 'There is nothing of that name: a typing error, or another version of nixpkgs.',
    remedy: 'Look packages up for your version: https://search.nixos.org/packages. The line above names the file.',
  },
  {
    pattern: /syntax error, unexpected/,
    cause:
      'The file is not valid Nix; often a missing `;`, or a bracket too much, in the line before the one that is named.',
    remedy: '`nix-instantiate --parse FILE` shows the same in a moment.',
  },
];
