# `import <nixpkgs> { }`: the package set. Follows nixpkgs default.nix and pkgs/top-level/impure.nix.
# Left out: configuration and overlays from ~/.config/nixpkgs, the check of the Nix version.
import ./pkgs/top-level
