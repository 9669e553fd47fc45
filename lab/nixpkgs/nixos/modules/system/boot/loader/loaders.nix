# Follows nixos/modules/system/boot/loader/{loader,efi}.nix, grub/grub.nix, systemd-boot/systemd-boot.nix and the
# firmware loaders: their usual options and assertions. Leaves out: installing any of them, as the lab's board reads
# extlinux.conf alone.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  grub = config.boot.loader.grub;

  flag =
    default:
    mkOption {
      type = types.bool;
      inherit default;
      description = "Accepted.";
    };

  string =
    default:
    mkOption {
      type = types.str;
      inherit default;
      description = "Accepted.";
    };
in
{
  options.boot.loader = {
    timeout = mkOption {
      type = types.nullOr types.int;
      default = 5;
      description = "Seconds until the default entry boots; null waits for ever.";
    };
    efi.canTouchEfiVariables = flag false;
    efi.efiSysMountPoint = string "/boot";
    systemd-boot.enable = flag false;
    systemd-boot.configurationLimit = mkOption {
      type = types.nullOr types.int;
      default = null;
      description = "Accepted.";
    };
    initScript.enable = flag false;
    external.enable = flag false;
    grub = {
      enable = mkOption {
        type = types.bool;
        default = !config.boot.isContainer;
        description = "Whether GRUB is the boot loader, as it is unless another one is chosen.";
      };
      device = string "";
      devices = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Devices that GRUB is installed to.";
      };
      efiSupport = flag false;
      efiInstallAsRemovable = flag false;
      useOSProber = flag false;
    };
  };

  config = {
    boot.loader.grub.enable = lib.mkIf config.boot.loader.systemd-boot.enable (lib.mkDefault false);
    boot.loader.grub.devices = lib.optional (grub.device != "") grub.device;
    assertions = lib.optional grub.enable {
      assertion = grub.devices != [ ];
      message =
        "You must set the option ‘boot.loader.grub.devices’ or "
        + "'boot.loader.grub.mirroredBoots' to make the system bootable.";
    };
  };
}
