# The package set for a platform: stages of attributes, then the caller's overlays, in one fixed point.
# Follows nixpkgs pkgs/top-level/default.nix and stage.nix. Left out: bootstrapping stages (one stdenv serves all), splicing,
# checks of licences and platforms, most package sets for other platforms.
{
  system ? builtins.currentSystem,
  localSystem ? { inherit system; },
  crossSystem ? localSystem,
  config ? { },
  overlays ? [ ],
  crossOverlays ? [ ],
}@args:
let
  lib = import ../../lib;
  buildPlatform = lib.systems.elaborate localSystem;
  hostPlatform = lib.systems.elaborate (if crossSystem == null then localSystem else crossSystem);
  isCross = !(lib.systems.equals buildPlatform hostPlatform);
  options = import ./config.nix { inherit lib config; };
  again = changes: import ./. (args // changes);

  base = self: {
    _type = "pkgs";
    inherit lib;
    pkgs = self;
    config = options;
    path = ../..;
    system = hostPlatform.system;
    inherit overlays;
    stdenv = import ../stdenv { inherit lib buildPlatform hostPlatform; pkgs = self; };
    inherit (self.stdenv) buildPlatform hostPlatform targetPlatform;
    stdenvNoCC = self.stdenv;
    pkgsBuildBuild = if isCross then again { crossSystem = null; } else self;
    pkgsBuildHost = self.pkgsBuildBuild;
    buildPackages = self.pkgsBuildBuild;
    pkgsCross = lib.mapAttrs (_: crossSystem: again { inherit crossSystem; }) lib.systems.examples;
    callPackage = lib.callPackageWith self;
    callPackages = lib.callPackagesWith self;
    newScope = extra: lib.callPackageWith (self // extra);
    extend = overlay: again { overlays = overlays ++ [ overlay ]; };
    appendOverlays = more: again { overlays = overlays ++ more; };
    inherit (lib) recurseIntoAttrs dontRecurseIntoAttrs;
  };

  stages = [
    (self: _: import ../build-support { inherit lib; pkgs = self; })
    (self: _: import ../os-specific/linux { inherit lib; pkgs = self; })
    (self: _: import ./all-packages.nix { inherit lib; pkgs = self; })
    (self: prev: (options.packageOverrides or (_: { })) prev)
  ];
in
lib.fix (lib.foldl' (set: overlay: lib.extends overlay set) base (stages ++ overlays ++ lib.optionals isCross crossOverlays))
