# Follows nixos-hardware raspberry-pi/5/default.nix. Left out: settings of the X server.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  kernel = config.boot.kernelPackages.kernel;
  isVendor = kernel.pname == "linux-rpi";
in
{
  imports = [ ../common ];

  boot = {
    kernelPackages = lib.mkDefault (
      pkgs.linuxPackagesFor (pkgs.callPackage ../common/kernel.nix { rpiVersion = 5; })
    );
    initrd.availableKernelModules = [
      "nvme"
      "pcie-brcmstb"
      "clk-rp1"
    ]
    ++ (
      if isVendor then
        [ "rp1" ]
      else
        [
          "rp1_pci"
          "pinctrl-rp1"
        ]
    );
  };
  hardware.deviceTree.filter = lib.mkDefault "bcm2712*-rpi-*.dtb";

  assertions = [
    {
      assertion = lib.versionAtLeast kernel.version "6.1.54";
      message = "The Raspberry Pi 5 requires a newer kernel version (>=6.1.54). Please upgrade nixpkgs for this system.";
    }
  ];
}
