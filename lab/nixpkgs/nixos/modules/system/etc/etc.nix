# Follows nixos/modules/system/etc/etc.nix and make-etc.sh.
# Leaves out: globs in `source`, overlay mounts, and reading `mode` back as anything but octal or "symlink"/"direct-symlink".
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;

  enabled = lib.filter (entry: entry.enable) (lib.attrValues config.environment.etc);

  install =
    entry:
    let
      target = lib.escapeShellArg entry.target;
    in
    ''
      mkdir -p "$(dirname "$out/etc/"${target})"
      ln -s ${lib.escapeShellArg "${entry.source}"} "$out/etc/"${target}
    ''
    + lib.optionalString (entry.mode != "symlink") ''
      echo ${lib.escapeShellArg entry.mode} > "$out/etc/"${target}.mode
      echo ${lib.escapeShellArg entry.user} > "$out/etc/"${target}.uid
      echo ${lib.escapeShellArg entry.group} > "$out/etc/"${target}.gid
    '';
in
{
  options.environment.etc = mkOption {
    default = { };
    description = "Files and links below /etc.";
    type = types.attrsOf (
      types.submodule (
        {
          name,
          config,
          options,
          ...
        }:
        {
          options = {
            enable = lib.mkEnableOption "this file" // {
              default = true;
            };
            target = mkOption {
              type = types.str;
              default = name;
              description = "Path relative to /etc.";
            };
            text = mkOption {
              type = types.nullOr types.lines;
              default = null;
              description = "The file's text.";
            };
            source = mkOption {
              type = types.path;
              description = "The file that is linked or copied.";
            };
            mode = mkOption {
              type = types.str;
              default = "symlink";
              example = "0600";
              description = "\"symlink\", \"direct-symlink\", or the mode of a copy.";
            };
            uid = mkOption {
              type = types.int;
              default = 0;
              description = "Owner of a copy.";
            };
            gid = mkOption {
              type = types.int;
              default = 0;
              description = "Group of a copy.";
            };
            user = mkOption {
              type = types.str;
              default = "+${toString config.uid}";
              description = "Owner of a copy, by name or as +UID.";
            };
            group = mkOption {
              type = types.str;
              default = "+${toString config.gid}";
              description = "Group of a copy, by name or as +GID.";
            };
          };
          config.source = lib.mkIf (config.text != null) (
            lib.mkDerivedConfig options.text (pkgs.writeText ("etc-" + baseNameOf name))
          );
        }
      )
    );
  };

  config.system.build.etc = pkgs.runCommand "etc" { } ''
    mkdir -p $out/etc
    ${lib.concatMapStrings install enabled}
  '';

  config.system.activationScripts.etc = {
    deps = [
      "users"
      "groups"
    ];
    text = ''
      echo "setting up /etc..."
      ${pkgs.writeTextFile {
        name = "setup-etc";
        executable = true;
        text = builtins.readFile ./setup-etc.sh;
      }} ${config.system.build.etc}/etc
    '';
  };
}
