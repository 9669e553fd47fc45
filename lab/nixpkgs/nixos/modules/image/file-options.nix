# Follows nixos/modules/image/file-options.nix.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
in
{
  options.image = {
    baseName = mkOption {
      type = types.str;
      default = "nixos-image-${config.system.nixos.label}-${pkgs.stdenv.hostPlatform.system}";
      description = "The image's file name without its extension.";
    };
    extension = mkOption {
      type = types.str;
      description = "The extension.";
    };
    fileName = mkOption {
      type = types.str;
      default = "${config.image.baseName}.${config.image.extension}";
      description = "The file name.";
    };
    filePath = mkOption {
      type = types.str;
      default = config.image.fileName;
      description = "The image's path in the output of system.build.image.";
    };
  };
}
