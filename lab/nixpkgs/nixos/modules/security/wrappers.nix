# Follows nixos/modules/security/wrappers/default.nix: programs with more rights than the store can give.
# Leaves out: capabilities and the wrapper program: /run/wrappers/bin has copies.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;

  wrapper =
    { name, ... }:
    {
      options = {
        enable = mkOption {
          type = types.bool;
          default = true;
          description = "Whether the program is there.";
        };
        program = mkOption {
          type = types.str;
          default = name;
          description = "Its name.";
        };
        source = mkOption {
          type = types.either types.path types.str;
          description = "The program.";
        };
        owner = mkOption {
          type = types.str;
          default = "root";
          description = "Its owner.";
        };
        group = mkOption {
          type = types.str;
          default = "root";
          description = "Its group.";
        };
        permissions = mkOption {
          type = types.str;
          default = "u+rx,g+x,o+x";
          description = "Its other permissions.";
        };
        setuid = mkOption {
          type = types.bool;
          default = true;
          description = "Whether it runs as its owner.";
        };
        setgid = mkOption {
          type = types.bool;
          default = false;
          description = "Whether it runs as its group.";
        };
        capabilities = mkOption {
          type = types.commas;
          default = "";
          description = "Accepted.";
        };
      };
    };

  mode = w: "${w.permissions}${lib.optionalString w.setuid ",u+s"}${lib.optionalString w.setgid ",g+s"}";

  install = w: ''
    install -o ${w.owner} -g ${w.group} -m "${mode w}" ${w.source} "$wrapperDir/${w.program}"
  '';
in
{
  options.security.wrappers = mkOption {
    type = types.attrsOf (types.submodule wrapper);
    default = { };
    description = "Programs in /run/wrappers/bin.";
  };

  options.security.wrapperDir = mkOption {
    type = types.str;
    internal = true;
    readOnly = true;
    default = "/run/wrappers/bin";
    description = "Where they are.";
  };

  config = {
    security.wrappers = lib.genAttrs [ "su" "mount" "umount" "newgrp" "passwd" ] (name: {
      source = "/usr/bin/${name}";
    });

    system.activationScripts.wrappers = {
      deps = [ "users" ];
      text = ''
        # /run itself ignores setuid bits.
        mkdir -p -m 0755 /run/wrappers
        mountpoint -q /run/wrappers || mount -t tmpfs -o nodev,mode=755 tmpfs /run/wrappers
        wrapperDir=$(mktemp --directory --tmpdir=/run/wrappers wrappers.XXXXXXXXXX)
        chmod a+rx "$wrapperDir"
        ${lib.concatMapStrings install (lib.filter (w: w.enable) (lib.attrValues config.security.wrappers))}
        old=$(readlink -f /run/wrappers/bin || true)
        ln -sfn "$wrapperDir" /run/wrappers/bin.tmp
        mv -fT /run/wrappers/bin.tmp /run/wrappers/bin
        if [ -n "$old" ] && [ "$old" != "$wrapperDir" ] && [ -d "$old" ]; then rm -rf "$old"; fi
      '';
    };
  };
}
