# Follows nixos/modules/system/boot/kernel.nix, stage-1.nix, and modprobe.nix.
# Leaves out: patches, kernel configuration checks, LUKS, what an initial ramdisk really contains (a text file is one here).
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  inherit (config.boot.kernelPackages) kernel;

  strings =
    description:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      inherit description;
    };

  lines =
    description:
    mkOption {
      type = types.lines;
      default = "";
      inherit description;
    };

  filesystems =
    description:
    mkOption {
      type = types.coercedTo (types.listOf types.str) (names: lib.genAttrs names (_: true)) (
        types.attrsOf types.bool
      );
      default = { };
      inherit description;
    };

  contents = {
    kernel = "${kernel}";
    modules = config.boot.initrd.kernelModules;
    availableModules = config.boot.initrd.availableKernelModules;
    commands = config.boot.initrd.preDeviceCommands + config.boot.initrd.postDeviceCommands;
  };
in
{
  options.boot = {
    kernelPackages = mkOption {
      type = types.raw;
      default = pkgs.linuxPackages;
      description = "The kernel, and the packages that are built for it.";
    };
    kernelPatches = mkOption {
      type = types.listOf types.raw;
      default = [ ];
      description = "Accepted; the miniature's kernels are texts.";
    };
    kernelParams = strings "Parameters of the kernel's command line.";
    kernelModules = strings "Modules that are loaded in the second stage.";
    blacklistedKernelModules = strings "Modules that are not loaded.";
    extraModulePackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages with more kernel modules.";
    };
    extraModprobeConfig = lines "More lines for modprobe's configuration.";
    consoleLogLevel = mkOption {
      type = types.int;
      default = 4;
      description = "Kernel messages of a lower level than this go to the console.";
    };
    hardwareScan = mkOption {
      type = types.bool;
      default = true;
      description = "Accepted; there is no udev in the lab.";
    };
    isContainer = mkOption {
      type = types.bool;
      default = false;
      description = "Whether this system runs in a container.";
    };
    supportedFilesystems = filesystems "File systems that the system can mount.";
    zfs.forceImportRoot = mkOption {
      type = types.bool;
      default = true;
      description = "Accepted; the lab has no ZFS.";
    };
    kernel.sysctl = mkOption {
      type = types.attrsOf (types.nullOr (types.oneOf [
        types.bool
        types.int
        types.str
      ]));
      default = { };
      description = "Kernel parameters, by their sysctl names.";
    };
    initrd = {
      enable = mkOption {
        type = types.bool;
        default = true;
        description = "Whether there is an initial ramdisk.";
      };
      availableKernelModules = strings "Modules in the initial ramdisk.";
      kernelModules = strings "Modules that the initial ramdisk always loads.";
      supportedFilesystems = filesystems "File systems in the initial ramdisk.";
      allowMissingModules = mkOption {
        type = types.bool;
        default = false;
        description = "Accepted; module names are not looked up.";
      };
      includeDefaultModules = mkOption {
        type = types.bool;
        default = true;
        description = "Whether the usual modules are added.";
      };
      preDeviceCommands = lines "Commands before the root device is looked for.";
      postDeviceCommands = lines "Commands after it was found.";
      systemd.enable = mkOption {
        type = types.bool;
        default = false;
        description = "Accepted; stage 1 is the board's.";
      };
      systemd.tpm2.enable = mkOption {
        type = types.bool;
        default = false;
        description = "Accepted.";
      };
    };
  };

  options.system.modulesTree = mkOption {
    internal = true;
    type = types.listOf types.path;
    default = [ ];
    apply =
      trees:
      if lib.length trees == 1 then
        lib.head trees
      else
        pkgs.buildEnv {
          name = "kernel-modules";
          paths = trees;
        };
    description = "The kernel and what was built for it, as one tree.";
  };

  config = {
    system.modulesTree = [ (kernel.modules or kernel) ] ++ config.boot.extraModulePackages;
    boot.kernelParams = [ "loglevel=${toString config.boot.consoleLogLevel}" ];
    boot.kernel.sysctl."kernel.printk" = lib.mkDefault config.boot.consoleLogLevel;
    boot.initrd.availableKernelModules = lib.mkIf config.boot.initrd.includeDefaultModules [
      "mmc_block"
      "usbhid"
    ];

    system.build.kernel = kernel;
    system.build.initialRamdisk =
      pkgs.runCommand "initrd-linux-${kernel.version}"
        {
          text = builtins.toJSON contents;
          passAsFile = [ "text" ];
        }
        ''
          mkdir -p $out
          cp "$textPath" $out/initrd
        '';

    environment.etc."modules-load.d/nixos.conf".text = lib.concatMapStrings (m: m + "\n") config.boot.kernelModules;
    environment.etc."modprobe.d/nixos.conf".text =
      lib.concatMapStrings (m: "blacklist ${m}\n") config.boot.blacklistedKernelModules
      + config.boot.extraModprobeConfig;
    environment.etc."sysctl.d/60-nixos.conf".text = lib.concatStrings (
      lib.mapAttrsToList (
        name: value:
        lib.optionalString (value != null) "${name}=${if value == false then "0" else toString value}\n"
      ) config.boot.kernel.sysctl
    );
  };
}
