# Follows nixos/modules/hardware/{all-firmware,all-hardware,device-tree,graphics,i2c}.nix and services/hardware/bluetooth.nix.
# What has an effect: hardware.deviceTree (the dtbs of a generation), hardware.firmware (its tree).
# Leaves out: overlays, which are accepted and written down beside the device trees.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.hardware.deviceTree;

  option =
    type: default:
    mkOption {
      inherit type default;
      description = "As upstream.";
    };

  deviceTrees =
    pkgs.runCommand "device-tree-overlays"
      {
        overlays = lib.concatMapStringsSep " " (overlay: overlay.name or (toString overlay)) cfg.overlays;
      }
      ''
        mkdir -p $out
        cp -r ${cfg.dtbSource}/. $out/
        chmod -R u+w $out
        if [ -n "$overlays" ]; then echo "$overlays" > $out/overlays.applied; fi
      '';
in
{
  options.hardware = {
    enableAllHardware = option types.bool false;
    enableAllFirmware = option types.bool false;
    enableRedistributableFirmware = option types.bool config.hardware.enableAllFirmware;
    wirelessRegulatoryDatabase = option types.bool false;
    bluetooth.enable = option types.bool false;
    bluetooth.powerOnBoot = option types.bool true;
    bluetooth.settings = option (types.attrsOf types.raw) { };
    graphics.enable = option types.bool false;
    graphics.extraPackages = option (types.listOf types.package) [ ];
    i2c.enable = option types.bool false;
    i2c.group = option types.str "i2c";
    cpu.intel.updateMicrocode = option types.bool false;
    cpu.amd.updateMicrocode = option types.bool false;
    firmware = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages with files for /lib/firmware.";
      apply =
        packages:
        pkgs.runCommand "firmware" { } ''
          mkdir -p $out/lib/firmware
          ${lib.concatMapStrings (p: ''
            if [ -d ${p}/lib/firmware ]; then cp -rs ${p}/lib/firmware/. $out/lib/firmware/; fi
          '') packages}
        '';
    };
    deviceTree = {
      enable = option types.bool pkgs.stdenv.hostPlatform.isAarch64;
      kernelPackage = option types.raw config.boot.kernelPackages.kernel;
      dtbSource = option types.str "${cfg.kernelPackage}/dtbs";
      name = option (types.nullOr types.str) null;
      filter = option (types.nullOr types.str) null;
      overlays = option (types.listOf types.raw) [ ];
      package = mkOption {
        type = types.nullOr types.path;
        internal = true;
        default = null;
        description = "The device trees of the system.";
      };
    };
  };

  config = {
    hardware.deviceTree.package = lib.mkIf cfg.enable (lib.mkDefault deviceTrees);
    system.systemBuilderCommands = lib.optionalString (cfg.enable && cfg.package != null) ''
      ln -s ${cfg.package} $out/dtbs
    '';
    users.groups = lib.mkIf config.hardware.i2c.enable { ${config.hardware.i2c.group} = { }; };
  };
}
