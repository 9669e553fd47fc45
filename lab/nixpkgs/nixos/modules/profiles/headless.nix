# Follows nixos/modules/profiles/headless.nix: a machine without a screen.
{ lib, ... }:
{
  boot.kernelParams = [
    "panic=1"
    "boot.panic_on_fail"
  ];
  systemd.enableEmergencyMode = false;
  fonts.fontconfig.enable = lib.mkDefault false;
}
