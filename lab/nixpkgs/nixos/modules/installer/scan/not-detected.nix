# Follows nixos/modules/installer/scan/not-detected.nix: enables all firmware that may be given away.
{ lib, ... }:
{
  hardware.enableRedistributableFirmware = lib.mkDefault true;
}
