# The switches of hardware.raspberry-pi."4". Follows the files beside nixos-hardware raspberry-pi/4/default.nix: audio,
# apply-overlays-dtmerge, backlight, bluetooth, digi-amp-plus, dwc2, gpio, i2c, leds, modesetting, poe-hat, poe-plus-hat,
# pwm0, tc358743, touch-ft5406, tv-hat, xhci. Left out: what the overlays say; a switch puts its overlay's name into
# hardware.deviceTree.overlays.
{ config, lib, ... }:
let
  cfg = config.hardware.raspberry-pi."4";
  inherit (lib) mkEnableOption mkOption types;

  # Name of the switch, and the overlays it stands for.
  switches = {
    audio = [ "audio-on-overlay" ];
    backlight = [ "rpi-backlight-overlay" ];
    bluetooth = [ "bluetooth-overlay" ];
    digi-amp-plus = [ "hifiberry-digi-amp-plus-overlay" ];
    dwc2 = [ "dwc2-overlay" ];
    fkms-3d = [
      "rpi4-cma-overlay"
      "rpi4-vc4-fkms-v3d-overlay"
    ];
    gpio = [ ];
    i2c0 = [ "i2c0if-okay-overlay" ];
    i2c1 = [ "i2c1-okay-overlay" ];
    poe-hat = [ "rpi-poe-overlay" ];
    poe-plus-hat = [ "rpi-poe-plus-overlay" ];
    pwm0 = [ "pwm-overlay" ];
    tc358743 = [ "tc358743-overlay" ];
    touch-ft5406 = [ "rpi-ft5406-overlay" ];
    tv-hat = [ "rpi-tv-overlay" ];
    xhci = [ "dwc-otg-deprecated-overlay" ];
  };
  leds = [
    "eth"
    "act"
    "pwr"
  ];
  overlay = name: {
    inherit name;
    filter = "*rpi-4-b*";
    dtsText = "/dts-v1/; /plugin/; / { compatible = \"brcm,bcm2711\"; };\n";
  };
  isOn = name: cfg.${name}.enable;
  disabledLeds = lib.filter (led: cfg.leds.${led}.disable) leds;
  names =
    lib.concatMap (name: switches.${name}) (lib.filter isOn (lib.attrNames switches))
    ++ map (led: "disable-${led}-led") disabledLeds;
  frequency = mkOption {
    type = types.nullOr types.int;
    default = null;
    description = "The clock frequency of the bus, in Hz.";
  };
in
{
  options.hardware.raspberry-pi."4" = lib.recursiveUpdate (lib.mapAttrs (name: _: { enable = mkEnableOption "the overlay for ${name}"; }) switches) {
    apply-overlays-dtmerge.enable = mkEnableOption "merging of overlays with dtmerge";
    dwc2.dr_mode = mkOption {
      type = types.enum [
        "host"
        "peripheral"
        "otg"
      ];
      default = "otg";
      description = "The role of the USB controller.";
    };
    fkms-3d.cma = mkOption {
      type = types.int;
      default = 512;
      description = "Memory for the contiguous memory allocator, in MiB.";
    };
    i2c0 = { inherit frequency; };
    i2c1 = { inherit frequency; };
    leds = lib.genAttrs leds (led: {
      disable = mkEnableOption "disabling of the LED ${led}";
    });
    tc358743.lanes = mkOption {
      type = types.enum [
        2
        4
      ];
      default = 2;
      description = "The number of CSI lanes.";
    };
  };

  config = {
    hardware.deviceTree.overlays = map overlay names;
    hardware.i2c.enable = lib.mkIf (isOn "i2c0" || isOn "i2c1") (lib.mkDefault true);
    hardware.raspberry-pi."4".apply-overlays-dtmerge.enable = lib.mkIf (disabledLeds != [ ]) (lib.mkDefault true);
  };
}
