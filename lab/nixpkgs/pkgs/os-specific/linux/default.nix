# Kernels, firmware and boot loaders of the boards. Follows nixpkgs pkgs/top-level/linux-kernels.nix,
# pkgs/os-specific/linux/ and pkgs/misc/uboot/. Left out: everything that is compiled; the contents are texts with the names
# that NixOS looks for.
{ lib, pkgs }:
let
  kernel = import ./kernel.nix { inherit lib pkgs; };
  packagesFor = import ./packages-for.nix { inherit lib pkgs; };
  mainline = version: packagesFor (kernel { inherit version; });
  vendor =
    board:
    packagesFor (kernel {
      pname = "linux-rpi";
      version = "6.12.47-stable_20250916";
      modDirVersion = "6.12.47";
      extraMeta.description = "Kernel of the Raspberry Pi project for board ${board}";
    });
  uBoot =
    board:
    pkgs.stdenv.mkDerivation {
      pname = "uboot-${board}";
      version = "2026.01";
      buildCommand = ''
        mkdir -p "$out"
        printf 'U-Boot 2026.01 (miniature) for %s\n' ${board} >"$out/u-boot.bin"
      '';
      meta.description = "Boot loader for embedded systems";
    };
in
{
  linuxPackages_6_12 = mainline "6.12.63";
  linuxPackages_6_18 = mainline "6.18.2";
  linuxPackages = pkgs.linuxPackages_6_12;
  linuxPackages_latest = pkgs.linuxPackages_6_18;
  linuxPackages_rpi3 = vendor "3";
  linuxPackages_rpi4 = vendor "4";
  linuxPackages_rpi02w = pkgs.linuxPackages_rpi3;
  linuxPackages_rpi5 = vendor "5";
  linux = pkgs.linuxPackages.kernel;
  linux_latest = pkgs.linuxPackages_latest.kernel;
  linux_rpi3 = pkgs.linuxPackages_rpi3.kernel;
  linux_rpi4 = pkgs.linuxPackages_rpi4.kernel;
  linux_rpi5 = pkgs.linuxPackages_rpi5.kernel;
  buildLinux = kernel;
  linuxPackagesFor = packagesFor;
  linuxKernel = {
    packages = {
      linux_6_12 = pkgs.linuxPackages_6_12;
      linux_6_18 = pkgs.linuxPackages_6_18;
      linux_rpi3 = pkgs.linuxPackages_rpi3;
      linux_rpi4 = pkgs.linuxPackages_rpi4;
    };
    kernels = lib.mapAttrs (_: set: set.kernel) pkgs.linuxKernel.packages;
    inherit packagesFor;
  };

  ubootRaspberryPi3_64bit = uBoot "rpi_3_defconfig";
  ubootRaspberryPi4_64bit = uBoot "rpi_4_defconfig";
  ubootRaspberryPiZero = uBoot "rpi_0_w_defconfig";
  ubootRaspberryPiAarch64 = uBoot "rpi_arm64_defconfig";
  ubootRaspberryPi = uBoot "rpi_defconfig";

  raspberrypifw = import ./raspberrypifw.nix { inherit pkgs; };
  raspberrypiWirelessFirmware = import ./firmware.nix { inherit pkgs; } "raspberrypi-wireless-firmware" "2025-04-08";
  linux-firmware = import ./firmware.nix { inherit pkgs; } "linux-firmware" "20260110";
  raspberrypi-armstubs = pkgs.stdenv.mkDerivation {
    pname = "armstubs";
    version = "2024-03-07";
    buildCommand = ''
      mkdir -p "$out"
      for stub in armstub8-gic.bin armstub8.bin; do printf 'armstub (miniature)\n' >"$out/$stub"; done
    '';
  };
  deviceTree = {
    # Overlays would be applied with dtc; the miniature notes their names beside the trees.
    applyOverlays =
      base: overlays:
      pkgs.runCommand "device-tree-overlays" { names = map (overlay: overlay.name) overlays; } ''
        mkdir -p "$out"
        cp -r ${base}/. "$out"
        chmod -R u+w "$out"
        printf '%s\n' $names >"$out/overlays.txt"
      '';
  };
}
