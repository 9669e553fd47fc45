# A NixOS module: root runs the card writer for some users, so that they can flash SD cards without being root themselves.
#
#   imports = [ ./pulumi-nixos-pi/nix/card-writer.nix ];
#   programs.pulumi-nixos-pi.cardWriter = { enable = true; users = [ "ada" ]; };
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.programs.pulumi-nixos-pi.cardWriter;
  name = "pulumi-nixos-pi-card-writer.mjs";
  # One file that imports Node's own modules only, with root's interpreter in its first line.
  package = pkgs.runCommand "pulumi-nixos-pi-card-writer" { nativeBuildInputs = [ pkgs.esbuild ]; } ''
    mkdir -p $out/bin
    esbuild ${../card-writer}/main.ts --bundle --platform=node --target=node20.15 --format=esm --packages=external --define:GRANTED_KINDS=${lib.escapeShellArg (builtins.toJSON cfg.allow)} --outfile=bundle.mjs
    { echo '#!${pkgs.nodejs}/bin/node'; tail -n +2 bundle.mjs; } > $out/bin/${name}
    chmod 0555 $out/bin/${name}
  '';
  rules = lib.optional (cfg.users != [ ]) {
    inherit (cfg) users;
    runAs = "root";
    commands = [
      {
        # "" is sudoers' word for: no arguments.
        command = ''/run/current-system/sw/bin/${name} ""'';
        options = [ "NOPASSWD" ];
      }
    ];
  };
in
{
  options.programs.pulumi-nixos-pi.cardWriter = {
    enable = lib.mkEnableOption "the card writer of pulumi-nixos-pi, run as root for some users";
    users = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      example = [ "ada" ];
      description = "Users who may write cards, and other USB disks that nothing uses, as root.";
    };
    allow = lib.mkOption {
      type = lib.types.listOf (
        lib.types.enum [
          "emmc"
          "nvme"
          "sata"
          "virtio"
          "loop"
        ]
      );
      default = [ ];
      example = [ "nvme" ];
      description = "Devices beside USB ones and card slots that they may write to as well.";
    };
  };

  config = lib.mkIf cfg.enable {
    # What it runs, by their names in /run/current-system/sw/bin: e2fsck and debugfs are only there where an ext4 is mounted.
    environment.systemPackages = [
      package
      pkgs.e2fsprogs
      pkgs.util-linux
    ];
    # Where the user's own settings keep or give variables, this program is not to see them.
    security.sudo.extraConfig = lib.mkIf (cfg.users != [ ]) ''
      Defaults!/run/current-system/sw/bin/${name} env_reset, !setenv
    '';
    security.sudo.extraRules = rules;
    # Whichever of both is enabled. sudo-rs never keeps variables that it was not told to.
    security.sudo-rs.extraRules = rules;
  };
}
