# Follows nixos/modules/tasks/filesystems.nix and config/swap.nix.
# Leaves out: automatic formatting, overlays, encrypted and randomly keyed swap, stage 1's part. The root file system is
# in /etc/fstab as upstream's is; the board has it mounted already.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;

  fileSystem =
    { name, ... }:
    {
      options = {
        enable = mkOption {
          type = types.bool;
          default = true;
          description = "Whether it is mounted.";
        };
        mountPoint = mkOption {
          type = types.str;
          default = name;
          description = "Where.";
        };
        device = mkOption {
          type = types.nullOr types.str;
          default = null;
          description = "The device.";
        };
        label = mkOption {
          type = types.nullOr types.str;
          default = null;
          description = "The file system's label, instead of a device.";
        };
        fsType = mkOption {
          type = types.str;
          default = "auto";
          description = "The kind of file system.";
        };
        options = mkOption {
          type = types.listOf types.str;
          default = [ "defaults" ];
          description = "Options of mount.";
        };
        depends = mkOption {
          type = types.listOf types.str;
          default = [ ];
          description = "Mount points that come first.";
        };
        autoFormat = mkOption {
          type = types.bool;
          default = false;
          description = "Accepted.";
        };
        autoResize = mkOption {
          type = types.bool;
          default = false;
          description = "Accepted.";
        };
        noCheck = mkOption {
          type = types.bool;
          default = false;
          description = "Whether fsck leaves it alone.";
        };
        neededForBoot = mkOption {
          type = types.bool;
          default = false;
          description = "Whether stage 1 mounts it.";
        };
      };
    };

  swap = types.submodule (
    { config, ... }:
    {
      options = {
        device = mkOption {
          type = types.str;
          description = "The device or file.";
        };
        label = mkOption {
          type = types.nullOr types.str;
          default = null;
          description = "Its label, instead.";
        };
        size = mkOption {
          type = types.nullOr types.int;
          default = null;
          description = "Size of a swap file, in MiB.";
        };
        priority = mkOption {
          type = types.nullOr types.int;
          default = null;
          description = "Its priority.";
        };
        options = mkOption {
          type = types.listOf types.str;
          default = [ "defaults" ];
          description = "Options of swapon.";
        };
      };
      config.device = lib.mkIf (config.label != null) "/dev/disk/by-label/${config.label}";
    }
  );

  fileSystems = lib.filter (fs: fs.enable) (lib.attrValues config.fileSystems);

  source = fs: if fs.device != null then fs.device else "/dev/disk/by-label/${fs.label}";

  fstabLine =
    fs:
    "${source fs} ${fs.mountPoint} ${fs.fsType} ${
      lib.concatStringsSep "," (fs.options ++ lib.optional (fs.mountPoint == "/") "x-initrd.mount")
    } 0 ${if fs.mountPoint == "/" then "1" else "2"}\n";

  swapLine = s: "${s.device} none swap ${lib.concatStringsSep "," s.options}\n";
in
{
  options.fileSystems = mkOption {
    type = types.attrsOf (types.submodule fileSystem);
    default = { };
    description = "The file systems to be mounted.";
  };

  options.swapDevices = mkOption {
    type = types.listOf swap;
    default = [ ];
    description = "Swap devices and files.";
  };

  config = {
    assertions = [
      {
        assertion = config.fileSystems ? "/" || config.boot.isContainer;
        message = "The ‘fileSystems’ option does not specify your root file system.";
      }
    ];

    environment.etc.fstab.text = ''
      # This is a generated file.  Do not edit!
      #
      # To make changes, edit the fileSystems and swapDevices NixOS options
      # in your /etc/nixos/configuration.nix file.
      #
      # <file system> <mount point>   <type>  <options>       <dump>  <pass>

      # Filesystems.
      ${lib.concatMapStrings fstabLine fileSystems}
      # Swap devices.
      ${lib.concatMapStrings swapLine config.swapDevices}
    '';
  };
}
