# The vendor's kernel. Follows nixos-hardware raspberry-pi/common/kernel.nix. Left out: the source, its configuration, the
# copies of device trees. On a real machine it takes hours to compile.
{ buildLinux, rpiVersion, ... }:
let
  modDirVersion = "6.12.47";
  tag = "stable_20250916";
in
buildLinux {
  pname = "linux-rpi";
  version = "${modDirVersion}-${tag}";
  inherit modDirVersion;
  extraMeta.description = "Kernel of the Raspberry Pi project for board ${toString rpiVersion}";
}
