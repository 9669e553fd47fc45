# Follows nixos/modules/system/boot/loader/generic-extlinux-compatible/default.nix.
# Leaves out: mirrored boots, a choice not to copy kernels.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.boot.loader.generic-extlinux-compatible;
  dtName = config.hardware.deviceTree.name;

  program = pkgs.writeTextFile {
    name = "extlinux-conf-builder.sh";
    executable = true;
    text = builtins.readFile ./extlinux-conf-builder.sh;
  };

  timeout = if config.boot.loader.timeout == null then -1 else config.boot.loader.timeout;

  command =
    "${program} -g ${toString cfg.configurationLimit} -t ${toString timeout}"
    + lib.optionalString (dtName != null) " -n ${dtName}"
    + lib.optionalString (!cfg.useGenerationDeviceTree) " -r";
in
{
  options.boot.loader.generic-extlinux-compatible = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether to write /boot/extlinux/extlinux.conf.";
    };
    useGenerationDeviceTree = mkOption {
      type = types.bool;
      default = true;
      description = "Whether each entry names the device trees of its own generation.";
    };
    configurationLimit = mkOption {
      type = types.int;
      default = 20;
      example = 10;
      description = "The number of older generations in the menu.";
    };
    populateCmd = mkOption {
      type = types.str;
      readOnly = true;
      default = command;
      description = "The command that fills an image's boot directory; takes -c TOPLEVEL -d DIRECTORY.";
    };
  };

  config = lib.mkIf cfg.enable {
    system.build.installBootLoader = "${command} -c";
    system.boot.loader.id = "generic-extlinux-compatible";
  };
}
