# From the modules of a machine to its configuration.
# Follows nixpkgs nixos/lib/eval-config.nix (and the evalModules of nixos/lib/default.nix). Left out: the deprecated
# NIXOS_EXTRA_MODULE_PATH, the warning about specialArgs.pkgs.
evalConfigArgs@{
  system ? builtins.currentSystem,
  pkgs ? null,
  lib ? import ../../lib,
  baseModules ? import ../modules/module-list.nix ++ [
    rec {
      _file = ./eval-config.nix;
      key = _file;
      config = lib.mkMerge (
        lib.optional (system != null) { nixpkgs.system = lib.mkDefault system; }
        ++ lib.optional (pkgs != null) { nixpkgs.pkgs = pkgs; }
      );
    }
  ],
  extraModules ? [ ],
  extraArgs ? { },
  specialArgs ? { },
  prefix ? [ ],
  modules,
  modulesLocation ? (builtins.unsafeGetAttrPos "modules" evalConfigArgs).file or null,
  check ? true,
}:
let
  evalNixos =
    modules:
    lib.evalModules {
      inherit prefix modules;
      class = "nixos";
      specialArgs = {
        modulesPath = toString ../modules;
      }
      // specialArgs;
    };

  # Inline modules are named by the file that gave them.
  locate = if modulesLocation == null then lib.id else lib.setDefaultModuleLocation modulesLocation;
  ownModules =
    map locate modules
    ++ lib.optional (extraArgs != { }) { _module.args = extraArgs; }
    ++ lib.optional (!check) { _module.check = lib.mkDefault false; };
  systemModules = baseModules ++ extraModules ++ [ argumentsModule ];
  argumentsModule._module.args = {
    inherit baseModules extraModules modules;
    noUserModules = evalNixos systemModules;
  };

  withExtraAttrs =
    configuration:
    configuration
    // {
      inherit extraArgs lib;
      inherit (configuration._module.args) pkgs;
      extendModules = args: withExtraAttrs (configuration.extendModules args);
    };
in
withExtraAttrs (evalNixos (systemModules ++ ownModules))
