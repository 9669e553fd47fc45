# Firmware of devices below lib/firmware. Follows nixpkgs pkgs/by-name/li/linux-firmware and
# pkgs/os-specific/linux/firmware/raspberrypi-wireless. Left out: the firmware.
{ pkgs }:
pname: version:
pkgs.stdenv.mkDerivation {
  inherit pname version;
  buildCommand = ''
    mkdir -p "$out/lib/firmware/brcm"
    printf '%s (miniature)\n' ${pname} >"$out/lib/firmware/brcm/${pname}.bin"
  '';
}
