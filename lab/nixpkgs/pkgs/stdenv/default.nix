# `stdenv`: what every derivation is made with.
# Follows nixpkgs pkgs/stdenv/generic/make-derivation.nix and setup.sh. Left out: compilers, patching, fixup and its hooks,
# structured attributes' environment, checks of meta, dependencies between platforms.
#
# The builder is busybox for the platform that builds; on aarch64-linux it is `bootstrap/busybox`, so that a build really
# needs an aarch64 machine (or its emulation). See ../../README.md.
{
  lib,
  pkgs,
  buildPlatform,
  hostPlatform,
}:
let
  bootstrap = import ./bootstrap.nix { inherit buildPlatform; };
  isCross = !(lib.systems.equals buildPlatform hostPlatform);
  crossSuffix = lib.optionalString isCross "-${hostPlatform.config}";

  # Attributes that are for Nix expressions and not for the builder.
  notForBuilder = [
    "meta"
    "passthru"
    "env"
    "pos"
  ];
  nameOf =
    attrs:
    if attrs ? pname && !(attrs ? name) then
      "${attrs.pname}${crossSuffix}-${attrs.version}"
    else
      attrs.name + crossSuffix;
  inputs =
    attrs: name:
    map (input: if lib.isDerivation input then lib.getBin input else input) (lib.flatten (attrs.${name} or [ ]));

  mkDerivation =
    argument:
    let
      attrs = (lib.toFunction argument) final;
      meta = { name = nameOf attrs; } // attrs.meta or { };
      drvAttrs =
        removeAttrs attrs notForBuilder
        // attrs.env or { }
        // {
          name = nameOf attrs;
          outputs = attrs.outputs or [ "out" ];
          inherit (bootstrap) builder;
          inherit (buildPlatform) system;
          args =
            bootstrap.args
            ++ attrs.args or [
              "-e"
              ./setup.sh
            ];
        }
        // lib.genAttrs (lib.filter (name: attrs ? ${name}) inputNames) (inputs attrs);
      drv = derivation drvAttrs;
      extras = {
        inherit meta drvAttrs;
        passthru = attrs.passthru or { };
        inherit stdenv;
        overrideAttrs =
          change:
          mkDerivation (
            final:
            let
              prev = (lib.toFunction argument) final;
              # `prev: …` or `final: prev: …`.
              changed = (lib.toFunction change) prev;
            in
            prev // (if lib.isFunction changed then change final prev else changed)
          );
      }
      // lib.optionalAttrs (attrs ? pname) { inherit (attrs) pname; }
      // lib.optionalAttrs (attrs ? version) { inherit (attrs) version; }
      // attrs.passthru or { };
      outputSet = lib.genAttrs drv.outputs (name: drv.${name} // extras // { outputSpecified = true; });
      final = attrs // { finalPackage = result; } // outputSet;
      result = drv // outputSet // extras;
    in
    result;
  inputNames = [
    "buildInputs"
    "depsBuildBuild"
    "nativeBuildInputs"
    "propagatedBuildInputs"
  ];

  stdenv = {
    inherit
      buildPlatform
      hostPlatform
      mkDerivation
      ;
    targetPlatform = hostPlatform;
    name = "stdenv-linux";
    system = buildPlatform.system;
    shell = "${pkgs.bash}/bin/bash";
    inherit (hostPlatform)
      is64bit
      isAarch32
      isAarch64
      isDarwin
      isLinux
      isx86_32
      isx86_64
      ;
    cc = {
      isGNU = true;
      isClang = false;
      version = "15.2.0";
      targetPrefix = lib.optionalString isCross "${hostPlatform.config}-";
    };
  };
in
stdenv
