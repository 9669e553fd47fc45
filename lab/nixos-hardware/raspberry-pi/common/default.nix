# What all boards share. Follows nixos-hardware raspberry-pi/common/default.nix. Left out: audio, bluetooth and the overlays of
# old kernels.
{ lib, ... }:
{
  imports = [
    ./config-txt-defaults.nix
    ./config-txt.nix
    ./firmware.nix
  ];

  boot.initrd.availableKernelModules = [ "usb-storage" ];
  boot.loader = {
    grub.enable = lib.mkDefault false;
    generic-extlinux-compatible.enable = lib.mkDefault true;
  };
  hardware.enableRedistributableFirmware = lib.mkDefault true;
}
