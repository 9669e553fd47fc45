# A kernel with the packages built for it: what `boot.kernelPackages` takes.
# Follows nixpkgs pkgs/top-level/linux-kernels.nix (packagesFor). Left out: nearly all modules.
{ lib, pkgs }:
kernel:
lib.makeExtensible (
  self:
  let
    module =
      pname: version:
      pkgs.stdenv.mkDerivation {
        inherit pname;
        version = "${version}-${kernel.modDirVersion}";
        buildCommand = ''
          mkdir -p "$out/lib/modules/${kernel.modDirVersion}/extra"
          printf 'module %s\n' ${pname} >"$out/lib/modules/${kernel.modDirVersion}/extra/${pname}.ko"
        '';
      };
  in
  {
    inherit kernel;
    callPackage = lib.callPackageWith (pkgs // self);
    kernelOlder = lib.versionOlder kernel.version;
    kernelAtLeast = lib.versionAtLeast kernel.version;
    stdenv = pkgs.stdenv;
    cpupower = module "cpupower" kernel.version;
    perf = module "perf" kernel.version;
    v4l2loopback = module "v4l2loopback" "0.15.3";
    wireguard = null;
    zfs_2_4 = module "zfs-kernel" "2.4.1";
    rtl8812au = module "rtl8812au" "5.13.6-unstable-2026-01-10";
    gasket = module "gasket" "1.0-18-unstable-2025-02-07";
  }
)
