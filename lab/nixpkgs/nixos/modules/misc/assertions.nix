# Follows nixos/modules/misc/assertions.nix.
{ lib, ... }:
let
  inherit (lib) mkOption types;
in
{
  options.assertions = mkOption {
    type = types.listOf types.raw;
    internal = true;
    default = [ ];
    example = [
      {
        assertion = false;
        message = "you can't enable this for that reason";
      }
    ];
    description = "Conditions that must hold for the configuration to be built, each with its message.";
  };

  options.warnings = mkOption {
    type = types.listOf types.str;
    internal = true;
    default = [ ];
    description = "Messages that are shown when the configuration is evaluated.";
  };
}
