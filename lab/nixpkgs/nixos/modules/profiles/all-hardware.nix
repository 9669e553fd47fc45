# Follows nixos/modules/profiles/all-hardware.nix.
{
  hardware.enableAllHardware = true;
}
