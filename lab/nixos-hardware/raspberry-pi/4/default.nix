# Follows nixos-hardware raspberry-pi/4/default.nix. Left out: the overlays' sources (see overlays.nix).
{
  config,
  lib,
  pkgs,
  ...
}:
{
  imports = [
    ../common
    ./overlays.nix
  ];

  boot = {
    kernelPackages = lib.mkDefault (
      pkgs.linuxPackagesFor (pkgs.callPackage ../common/kernel.nix { rpiVersion = 4; })
    );
    initrd.availableKernelModules = [
      "usbhid"
      "usb_storage"
      "vc4"
      "pcie_brcmstb"
      "reset-raspberrypi"
    ];
  };
  hardware.deviceTree.filter = lib.mkDefault "bcm2711-rpi-*.dtb";

  assertions = [
    {
      assertion = lib.versionAtLeast config.boot.kernelPackages.kernel.version "6.1";
      message = "This version of raspberry pi 4 dts overlays requires a newer kernel version (>=6.1). Please upgrade nixpkgs for this system.";
    }
  ];
}
