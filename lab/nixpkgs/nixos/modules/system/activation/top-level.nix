# Follows nixos/modules/system/activation/top-level.nix and activatable-system.nix.
# Leaves out: bootspec, specialisations, replaced dependencies, build dependencies in the closure.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;

  kernelFile = "${config.boot.kernelPackages.kernel}/${config.system.boot.loader.kernelFile}";

  baseSystem =
    pkgs.runCommand "nixos-system-${config.system.name}-${config.system.nixos.label}"
      {
        passedChecks = lib.concatStringsSep " " (map toString config.system.checks);
        passthru = { inherit config; };
      }
      ''
        mkdir -p $out/bin
        instantiate() { sed "s|@out@|$out|g" "$1" > "$2"; chmod 0555 "$2"; }

        instantiate ${config.system.build.bootStage2} $out/init
        instantiate ${config.system.build.activationScript} $out/activate
        instantiate ${config.system.build.dryActivationScript} $out/dry-activate
        ln -s ${config.system.build.etc}/etc $out/etc
        ln -s ${config.system.path} $out/sw
        # The Pi's systemd is the one of its read-only /usr.
        ln -s /usr $out/systemd

        printf 'systemd 2' > $out/init-interface-version
        printf %s ${lib.escapeShellArg config.system.nixos.label} > $out/nixos-version
        printf %s ${config.boot.kernelPackages.stdenv.hostPlatform.system} > $out/system
        printf %s ${lib.escapeShellArg (lib.concatStringsSep " " config.boot.kernelParams)} > $out/kernel-params

        ln -s ${kernelFile} $out/kernel
        ln -s ${config.system.modulesTree} $out/kernel-modules
        ln -s ${config.hardware.firmware}/lib/firmware $out/firmware
        ln -s ${config.system.build.initialRamdisk}/${config.system.boot.loader.initrdFile} $out/initrd
        ${config.system.systemBuilderCommands}
        echo ${toString config.system.extraDependencies} > $out/extra-dependencies
      '';

  failedAssertions = map (x: x.message) (lib.filter (x: !x.assertion) config.assertions);

  system =
    if failedAssertions != [ ] then
      throw "\nFailed assertions:\n${lib.concatStringsSep "\n" (map (x: "- ${x}") failedAssertions)}"
    else
      lib.showWarnings config.warnings baseSystem;
in
{
  options.system = {
    name = mkOption {
      type = types.str;
      default = if config.networking.hostName == "" then "unnamed" else config.networking.hostName;
      description = "The name in the system's store path.";
    };
    boot.loader.id = mkOption {
      internal = true;
      default = "";
      description = "Id string of the used bootloader.";
    };
    boot.loader.kernelFile = mkOption {
      internal = true;
      type = types.str;
      default = if pkgs.stdenv.hostPlatform.isx86 then "bzImage" else "Image";
      description = "Name of the kernel's file in its package.";
    };
    boot.loader.initrdFile = mkOption {
      internal = true;
      type = types.str;
      default = "initrd";
      description = "Name of the initial ramdisk's file.";
    };
    systemBuilderCommands = mkOption {
      type = types.lines;
      internal = true;
      default = "";
      description = "Shell commands that add to the system's store path.";
    };
    extraDependencies = mkOption {
      type = types.listOf types.path;
      default = [ ];
      description = "Paths that belong to the system's closure without being visible in it.";
    };
    checks = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages that must build before the system does.";
    };
    copySystemConfiguration = mkOption {
      type = types.bool;
      default = false;
      description = "Whether /run/current-system/configuration.nix is a copy of the configuration's main file.";
    };
  };

  config.system.systemBuilderCommands = lib.optionalString config.system.copySystemConfiguration ''
    ln -s ${import ../../../lib/from-env.nix "NIXOS_CONFIG" <nixos-config>} $out/configuration.nix
  '';
  config.system.build.toplevel = system;
}
