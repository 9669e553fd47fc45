# Follows nixos/modules/profiles/base.nix: what an installation medium has. Leaves out: its tools (the Pi's /usr has them).
{ config, lib, ... }:
{
  boot.supportedFilesystems = [
    "btrfs"
    "cifs"
    "f2fs"
    "ntfs"
    "vfat"
    "xfs"
  ];
  networking.hostId = lib.mkDefault "8425e349";
}
