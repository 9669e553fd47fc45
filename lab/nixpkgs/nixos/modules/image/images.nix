# Follows nixos/modules/image/images.nix: each kind of image is the configuration with one more module.
# Leaves out: every kind but sd-card.
{
  config,
  lib,
  pkgs,
  extendModules,
  ...
}:
let
  inherit (lib) mkOption types;

  imageModules.sd-card =
    let
      module = ../. + "/installer/sd-card/sd-image-${pkgs.stdenv.hostPlatform.parsed.cpu.name}.nix";
    in
    {
      imports =
        if builtins.pathExists module then [ module ] else throw "The module ${toString module} does not exist.";
    };

  image =
    name: module:
    let
      nixos = extendModules { modules = [ module ]; };
      builder =
        nixos.config.system.build.image
          or (throw "Module for `system.build.images.${name}` misses required `system.build.image` option.");
    in
    lib.recursiveUpdate builder {
      passthru = {
        inherit (nixos) config;
        inherit (nixos.config.image) filePath;
      };
    };
in
{
  options.image.modules = mkOption {
    type = types.attrsOf types.deferredModule;
    default = { };
    description = "The module that makes each kind of image.";
  };

  config.image.modules = imageModules;
  config.system.build.images = lib.warnIf (config.system.build ? image) ''
    `system.build.image` is defined, while `system.build.images` is used.
    The former will conflict with variants in the latter.
    Maybe you are importing an image-building module into the toplevel?
    Add it to `image.modules` instead, or adjust priorities manually.
  '' (lib.mapAttrs image config.image.modules);
}
