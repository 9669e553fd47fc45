# Follows nixos/modules/system/activation/switchable-system.nix: puts switch-to-configuration into the system.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  program = pkgs.writeTextFile {
    name = "switch-to-configuration.in";
    executable = true;
    text =
      builtins.replaceStrings
        [
          "@unitChanges@"
          "@distroId@"
          "@preSwitchCheck@"
          "@installBootLoader@"
        ]
        [
          "${pkgs.writeText "unit-changes.sh" (builtins.readFile ./unit-changes.sh)}"
          config.system.nixos.distroId
          "${config.system.build.preSwitchChecks}"
          "${config.system.build.installBootLoader}"
        ]
        (builtins.readFile ./switch-to-configuration.sh);
  };
in
{
  config.system.systemBuilderCommands = lib.mkIf config.system.switch.enable ''
    instantiate ${program} $out/bin/switch-to-configuration
  '';
}
