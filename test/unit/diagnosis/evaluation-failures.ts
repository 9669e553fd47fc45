/** What Nix says of configurations and flakes (2.26.3 where no other is named), and a word of what to do. */
export const evaluationFailures: readonly [string, string, RegExp][] = [
  [
    'a channel that is gone',
    `error: unable to download 'https://channels.nixos.org/nixos-99.05': HTTP error 404`,
    /Correct or update/,
  ],
  [
    'a file that Git does not know',
    `error: Path 'hosts/kitchen/x.nix' in the repository "/home/me/pis" is not tracked by Git.`,
    /git add/,
  ],
  ['no flakes', `error: experimental Nix feature 'flakes' is disabled`, /experimental-features/],
  [
    'an impure flake',
    `error: access to absolute path '/etc/x' is forbidden in pure evaluation mode`,
    /part of the flake/,
  ],
  [
    'a host that the flake has not',
    `error: flake 'git+file:///pis' does not provide attribute 'packages.x86_64-linux.nixosConfigurations."a"'`,
    /nix flake show/,
  ],
  [
    'an option that is not there',
    `error: The option \`services.opensshd' does not exist. Definition values:`,
    /options/,
  ],
  ['a loop', 'error: infinite recursion encountered', /specialArgs/],
  [
    'a package that is not free',
    'error: Package ‘x-1’ in /x.nix:1 has an unfree license (‘unfree’), refusing to evaluate.',
    /allowUnfreePredicate/,
  ],
  [
    'an insecure package',
    'error: Package ‘openssl-1.1.1w’ in /x.nix:1 is marked as insecure, refusing to evaluate.',
    /permittedInsecurePackages/,
  ],
  ['a broken package', 'error: Package ‘x’ in /x.nix:1 is marked as broken, refusing to evaluate.', /does not build/],
  [
    'a package for other machines',
    'error: Package ‘x’ in /x.nix:1 is not available on the requested hostPlatform:',
    /kind of machine/,
  ],
  ['a name that is not there', `error: attribute 'vimm' missing`, /search\.nixos\.org\/packages/],
  ['no Nix at all', `error: syntax error, unexpected end of file`, /nix-instantiate --parse/],
  ['another name', `error: file 'home-manager/nixos' was not found in the Nix search path`, /nixPath/],
  [
    'a double image',
    'evaluation warning: `system.build.image` is defined, while `system.build.images` is used.',
    /sd-image/,
  ],
  [
    'a double image, NixOS 25.11',
    "error: The option `system.build.images' was accessed but has no value defined. Try setting the option.",
    /Take the import of sd-image/,
  ],
  [
    'a missing package, behind a warning',
    "warning: ignoring the client-specified setting 'substituters', because it is a restricted setting and you are not a trusted user\nerror: attribute 'vimm' missing",
    /search\.nixos\.org\/packages/,
  ],
  [
    'a setting of one who is not trusted',
    "warning: ignoring the client-specified setting 'substituters', because it is a restricted setting and you are not a trusted user",
    /trusted-users/,
  ],
  [
    '<nixpkgs> in a flake',
    "error: cannot look up '<nixpkgs>' in pure evaluation mode (use '--impure' to override)",
    /input of it/,
  ],
  ['no flakes, Lix', "error: experimental Lix feature 'flakes' is disabled; use …", /experimental-features = /],
  [
    'no hardware configuration, Lix',
    "error: opening file '/pis/hosts/a/hardware-configuration.nix': No such file or directory",
    /HardwareConfig/,
  ],
  [
    'a file that git does not know, Lix',
    "error: getting status of '/nix/store/x-source/hosts/a.nix': No such file or directory",
    /git add/,
  ],
  [
    'no daemon, Lix',
    'error: could not connect to any lix socket (tried /nix/var/nix/daemon-socket/socket)',
    /nix-daemon\.socket/,
  ],
  [
    'no image variants, NixOS 24.11',
    `error: attribute 'images' missing\n       at «string»:1:6:\n            1| (s: (s).config.system.build.images."sd-card".outPath)`,
    /NixOS 25\.05 or newer/,
  ],
  [
    'no image variants, between',
    "error: path '/nix/store/x-source/nixos/modules/image/../installer/sd-card/sd-image-arm64.nix' does not exist",
    /NixOS 25\.05 or newer/,
  ],
  [
    'the same, Lix',
    "error: opening file '/nix/store/x-source/nixos/modules/installer/sd-card/sd-image-arm64.nix': No such file or directory",
    /NixOS 25\.05 or newer/,
  ],
  ['images of their own', `error: attribute 'images' missing\n at /pis/a.nix:3:5: cfg.images`, /typing error/],
  [
    'the wrong boot loader',
    'Failed assertions:\n- You must set the option ‘boot.loader.grub.devices’ or ‘boot.loader.grub.mirroredBoots’ to make the system bootable.',
    /generic-extlinux-compatible/,
  ],
  [
    'nobody who can log in',
    'Failed assertions:\n- Neither the root account nor any wheel user has a password or SSH authorized key.',
    /authorizedKeys/,
  ],
];
