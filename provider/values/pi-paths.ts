/** Where a Pi keeps what was deployed to it, by whom, and how it ended. */
export const stateDirectory = '/var/lib/pulumi-nixos-pi';

/** What must not outlive a boot, and can be written where the disk is full: records of runs, marks of how far they came. */
export const volatileDirectory = '/run/pulumi-nixos-pi';

/** Links that keep what is being deployed from garbage collection. */
export const gcRootsDirectory = '/nix/var/nix/gcroots/pulumi-nixos-pi';

/** What NixOS' boot loaders and nixos-rebuild go by. */
export const systemProfile = '/nix/var/nix/profiles/system';
