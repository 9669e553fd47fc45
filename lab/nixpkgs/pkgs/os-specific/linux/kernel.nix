# A kernel: `Image` (bzImage on x86), device trees, modules. Follows nixpkgs pkgs/os-specific/linux/kernel/generic.nix and
# manual-config.nix. Left out: the kernel. Each file is a text that says which kernel it stands for.
{ lib, pkgs }:
{
  pname ? "linux",
  version,
  modDirVersion ? lib.versions.pad 3 version,
  extraMeta ? { },
  ...
}:
let
  platform = pkgs.stdenv.hostPlatform;
  target = platform.linux-kernel.target;
  drv = pkgs.stdenv.mkDerivation {
    inherit
      pname
      version
      target
      modDirVersion
      ;
    deviceTrees = lib.optionals platform.isAarch [
      "broadcom/bcm2711-rpi-4-b.dtb"
      "broadcom/bcm2711-rpi-400.dtb"
      "broadcom/bcm2711-rpi-cm4.dtb"
      "broadcom/bcm2712-rpi-5-b.dtb"
      "broadcom/bcm2837-rpi-3-b.dtb"
      "broadcom/bcm2837-rpi-3-b-plus.dtb"
      "broadcom/bcm2837-rpi-zero-2-w.dtb"
    ];
    modules = [
      "ext4"
      "usbhid"
      "vc4"
      "xhci-pci"
    ];
    buildCommand = ''
      mkdir -p "$out/lib/modules/$modDirVersion/kernel"
      printf 'Linux %s (%s), a stand-in\n' "$modDirVersion" "$pname" >"$out/$target"
      printf 'System.map of %s\n' "$modDirVersion" >"$out/System.map"
      for tree in $deviceTrees; do
        mkdir -p "$out/dtbs/''${tree%/*}"
        printf 'device tree %s of Linux %s\n' "$tree" "$modDirVersion" >"$out/dtbs/$tree"
      done
      for module in $modules; do
        printf 'module %s of Linux %s\n' "$module" "$modDirVersion" >"$out/lib/modules/$modDirVersion/kernel/$module.ko"
      done
      for list in dep alias builtin order; do : >"$out/lib/modules/$modDirVersion/modules.$list"; done
    '';
    passthru = {
      baseVersion = version;
      kernelOlder = lib.versionOlder version;
      kernelAtLeast = lib.versionAtLeast version;
      features = {
        efiBootStub = true;
        ia32Emulation = true;
      };
      config = {
        isEnabled = _: true;
        isDisabled = _: false;
        isYes = _: true;
        isNo = _: false;
        isModule = _: false;
        isSet = _: true;
      };
      isHardened = false;
      isZen = false;
      isLibre = false;
      commonMakeFlags = [ ];
      override = _: drv;
    };
    meta = {
      description = "Linux kernel";
      license = lib.licenses.gpl2Only;
    }
    // extraMeta;
  };
in
# Upstream's kernel has outputs of their own for these two.
drv // { modules = drv // { outputSpecified = true; }; dev = drv; }
