# Follows nixos-hardware raspberry-pi/common/config-txt-defaults.nix: what Raspberry Pi OS sets. Left out: nothing.
{ lib, ... }:
{
  hardware.raspberry-pi.configtxt.settings = {
    all = lib.mapAttrs (_: lib.mkDefault) {
      arm_boost = true;
      camera_auto_detect = true;
      disable_fw_kms_setup = true;
      disable_overscan = true;
      display_auto_detect = true;
      dtoverlay = [ "vc4-kms-v3d" ];
      dtparam = [ "audio=on" ];
      enable_uart = true;
      max_framebuffers = 2;
    };
    cm4.otg_mode = lib.mkDefault true;
    cm5.dtoverlay = lib.mkDefault [ "dwc2,dr_mode=host" ];
    pi5.enable_uart = lib.mkDefault false;
  };
}
