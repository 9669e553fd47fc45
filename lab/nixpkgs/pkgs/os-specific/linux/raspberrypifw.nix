# The files that the boot ROM of a Raspberry Pi reads. Follows nixpkgs pkgs/os-specific/linux/firmware/raspberrypi/.
# Left out: the firmware; each file is a text with its name.
{ pkgs }:
pkgs.stdenv.mkDerivation {
  pname = "raspberrypi-firmware";
  version = "1.20250915";
  files = [
    "bootcode.bin"
    "fixup.dat"
    "fixup4.dat"
    "start.elf"
    "start4.elf"
    "bcm2711-rpi-4-b.dtb"
    "bcm2711-rpi-400.dtb"
    "bcm2711-rpi-cm4.dtb"
    "bcm2711-rpi-cm4s.dtb"
    "bcm2710-rpi-3-b.dtb"
    "bcm2710-rpi-3-b-plus.dtb"
    "bcm2710-rpi-cm3.dtb"
    "bcm2710-rpi-zero-2.dtb"
    "bcm2710-rpi-zero-2-w.dtb"
    "bcm2712-rpi-5-b.dtb"
    "overlays/vc4-kms-v3d.dtbo"
  ];
  buildCommand = ''
    mkdir -p "$out/share/raspberrypi/boot/overlays"
    for file in $files; do printf 'firmware %s (miniature)\n' "$file" >"$out/share/raspberrypi/boot/$file"; done
  '';
}
