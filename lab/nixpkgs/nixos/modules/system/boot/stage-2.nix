# Follows nixos/modules/system/boot/stage-2.nix: makes <toplevel>/init.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
in
{
  options.boot.postBootCommands = mkOption {
    type = types.lines;
    default = "";
    description = "Shell commands that run just before systemd is started.";
  };

  options.boot.readOnlyNixStore = mkOption {
    type = types.bool;
    default = true;
    description = "Accepted; the lab's Pi leaves its store writable for root.";
  };

  config.system.build.bootStage2 = pkgs.writeTextFile {
    name = "stage-2-init.in";
    executable = true;
    text =
      builtins.replaceStrings
        [ "@postBootCommands@" ]
        [ "${pkgs.writeShellScript "local-cmds" config.boot.postBootCommands}" ]
        (builtins.readFile ./stage-2-init.sh);
  };
}
