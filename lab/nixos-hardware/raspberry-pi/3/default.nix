# Follows nixos-hardware raspberry-pi/3/default.nix. Left out: the overlay that tolerates missing modules in the initrd.
{ lib, pkgs, ... }:
{
  imports = [ ../common ];

  boot = {
    kernelPackages = lib.mkDefault (
      pkgs.linuxPackagesFor (pkgs.callPackage ../common/kernel.nix { rpiVersion = 3; })
    );
    initrd.availableKernelModules = [ "usbhid" ];
    kernelParams = [
      "console=ttyS0,115200n8"
      "console=tty0"
    ];
  };
  hardware.deviceTree.filter = lib.mkDefault "bcm283*-rpi-*.dtb";
}
