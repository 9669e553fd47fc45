# Follows nixos/modules/security/sudo.nix and sudo-rs.nix.
# Leaves out: what sudo-rs does with its rules, execWheelOnly, the build-time syntax check.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.security.sudo;

  command = types.either types.str (
    types.submodule {
      options = {
        command = mkOption {
          type = types.str;
          description = "The command, or ALL.";
        };
        options = mkOption {
          type = types.listOf types.str;
          default = [ ];
          description = "Tags such as NOPASSWD and SETENV.";
        };
      };
    }
  );

  rule = types.submodule {
    options = {
      users = mkOption {
        type = types.listOf (types.either types.str types.int);
        default = [ ];
        description = "Accounts that the rule is for.";
      };
      groups = mkOption {
        type = types.listOf (types.either types.str types.int);
        default = [ ];
        description = "Groups that the rule is for.";
      };
      host = mkOption {
        type = types.str;
        default = "ALL";
        description = "Hosts that the rule is for.";
      };
      runAs = mkOption {
        type = types.str;
        default = "ALL:ALL";
        description = "Whom the commands run as.";
      };
      commands = mkOption {
        type = types.listOf command;
        description = "What may be run.";
      };
    };
  };

  withTags = c: if lib.isString c then c else lib.concatMapStrings (tag: tag + ":") c.options + " " + c.command;

  line =
    rule: who:
    "${who}     ${rule.host}=(${rule.runAs})    ${lib.concatMapStringsSep ", " withTags rule.commands}\n";

  id = prefix: v: if lib.isInt v then "${prefix}#${toString v}" else "${prefix}${v}";

  lines =
    rule:
    lib.optionalString (rule.commands != [ ]) (
      lib.concatMapStrings (line rule) (map (id "") rule.users ++ map (id "%") rule.groups)
    );
in
{
  options.security.sudo = {
    enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether people in wheel may become root.";
    };
    wheelNeedsPassword = mkOption {
      type = types.bool;
      default = true;
      description = "Whether they are asked for their password.";
    };
    execWheelOnly = mkOption {
      type = types.bool;
      default = false;
      description = "Accepted.";
    };
    extraRules = mkOption {
      type = types.listOf rule;
      default = [ ];
      description = "Further rules; the last that matches counts.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Further lines of sudoers.";
    };
  };

  options.security.sudo-rs.extraRules = mkOption {
    type = types.listOf rule;
    default = [ ];
    description = "Accepted.";
  };

  config = lib.mkIf cfg.enable {
    security.sudo.extraRules = lib.mkBefore [
      {
        users = [ "root" ];
        commands = [
          {
            command = "ALL";
            options = [ "SETENV" ];
          }
        ];
      }
      {
        groups = [ "wheel" ];
        commands = [
          {
            command = "ALL";
            options = lib.optional (!cfg.wheelNeedsPassword) "NOPASSWD" ++ [ "SETENV" ];
          }
        ];
      }
    ];

    security.wrappers.sudo.source = "/usr/bin/sudo";
    security.pam.services.sudo = { };

    # Debian's sudo has a path of its own built in, which upstream's has not.
    environment.etc.sudoers = {
      mode = "0440";
      text = ''
        # Don't edit this file. Set the NixOS options ‘security.sudo.*’ instead.
        Defaults !secure_path
        # Environment variables to keep for root and %wheel.
        Defaults:root,%wheel env_keep+=TERMINFO_DIRS
        Defaults:root,%wheel env_keep+=TERMINFO

        ${lib.concatMapStrings lines cfg.extraRules}
        ${cfg.extraConfig}
      '';
    };
  };
}
