# The firmware partition: what the boot ROM reads before Linux. Follows nixos-hardware raspberry-pi/common/firmware.nix.
# Left out: pruning of stale device trees, copies by way of a temporary file.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  cfg = config.hardware.raspberry-pi.firmware;
  install =
    pkgs:
    pkgs.writeScriptBin "install-rpi-firmware" ''
      #!/bin/sh
      set -eu
      target=$1
      mkdir -p "$target/overlays"
      cp ${cfg.package}/share/raspberrypi/boot/*.* "$target/"
      cp ${cfg.package}/share/raspberrypi/boot/overlays/* "$target/overlays/"
      ${lib.optionalString cfg.useGenerationDeviceTree ''
        if [ -d /run/current-system/dtbs ]; then
          find -L /run/current-system/dtbs -name '*.dtb' -exec cp {} "$target/" ';'
        fi
      ''}
      ${lib.optionalString cfg.uboot.enable ''cp ${cfg.uboot.package}/u-boot.bin "$target/u-boot.bin"''}
      cp ${config.hardware.raspberry-pi.configtxt.file} "$target/config.txt"
      echo "rpi-firmware: done ($target)"
    '';
in
{
  options.hardware.raspberry-pi.firmware = {
    enable = lib.mkEnableOption "installation of the Raspberry Pi firmware partition on a running system";
    path = lib.mkOption {
      type = lib.types.str;
      default = "/boot/firmware";
      description = "Where the firmware partition is mounted.";
    };
    package = lib.mkPackageOption pkgs "raspberrypifw" { };
    uboot.enable = lib.mkEnableOption "chainloading U-Boot from the Raspberry Pi firmware";
    uboot.package = lib.mkPackageOption pkgs "ubootRaspberryPiAarch64" { };
    useGenerationDeviceTree = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = "Whether to take device trees from the running generation instead of the firmware package.";
    };
  };

  config = lib.mkMerge [
    (lib.mkIf cfg.uboot.enable {
      hardware.raspberry-pi.configtxt.settings.all = {
        kernel = lib.mkDefault "u-boot.bin";
        arm_64bit = lib.mkDefault pkgs.stdenv.hostPlatform.isAarch64;
      };
      boot.loader.generic-extlinux-compatible.useGenerationDeviceTree = lib.mkDefault false;
    })
    # An SD image takes its firmware partition from here, and not from its own module.
    (lib.optionalAttrs (options ? sdImage) {
      sdImage.populateFirmwareCommands = lib.mkForce "${install pkgs.buildPackages}/bin/install-rpi-firmware ./firmware\n";
    })
    (lib.mkIf cfg.enable {
      system.activationScripts.raspberry-pi-firmware = lib.stringAfter [ "specialfs" ] ''
        if mountpoint -q ${lib.escapeShellArg cfg.path}; then
          ${install pkgs}/bin/install-rpi-firmware ${lib.escapeShellArg cfg.path}
        else
          echo "rpi-firmware: ${cfg.path} is not a mounted partition, skipping firmware install" >&2
        fi
      '';
    })
  ];
}
