# Follows nixos/modules/system/build.nix.
{ lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
in
{
  options.system.build = mkOption {
    default = { };
    description = "The derivations that a configuration can be built into.";
    type = types.submoduleWith {
      modules = [
        {
          freeformType = types.lazyAttrsOf (types.uniq types.raw);
          options.installBootLoader = mkOption {
            internal = true;
            default = pkgs.writeShellScript "no-bootloader" ''
              echo 'Warning: do not know how to make this configuration bootable; please enable a boot loader.' 1>&2
            '';
            type = types.raw;
            description = "The program that writes a boot loader's configuration; it is called with the toplevel.";
          };
        }
      ];
    };
  };
}
