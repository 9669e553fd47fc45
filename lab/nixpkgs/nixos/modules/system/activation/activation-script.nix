# Follows nixos/modules/system/activation/activation-script.nix.
# Leaves out: per-user activation, /usr/bin/env (the Pi's /usr is there already), the per-snippet PATH of packages.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;

  snippet = types.coercedTo types.lines (text: { inherit text; }) (
    types.submodule {
      options = {
        deps = mkOption {
          type = types.listOf types.str;
          default = [ ];
          description = "Snippets that run before this one.";
        };
        text = mkOption {
          type = types.lines;
          default = "";
          description = "The snippet.";
        };
        supportsDryActivation = mkOption {
          type = types.bool;
          default = false;
          description = "Whether the snippet runs, with NIXOS_ACTION=dry-activate, when nothing may be changed.";
        };
      };
    }
  );

  withHeadline = name: entry: ''
    #### Activation script snippet ${name}:
    _localstatus=0
    ${entry.text}

    if (( _localstatus > 0 )); then
      printf "Activation script snippet '%s' failed (%s)\n" "${name}" "$_localstatus"
    fi

  '';

  # Every snippet after the ones that it names, each once.
  inOrder =
    set:
    let
      visit =
        done: name:
        if lib.elem name done then
          done
        else
          lib.foldl' visit done (
            set.${name}.deps or (throw "activation script snippet ‘${name}’ does not exist")
          )
          ++ [ name ];
    in
    lib.concatMapStrings (name: withHeadline name set.${name}) (
      lib.foldl' visit [ ] (lib.attrNames set)
    );

  head = ''
    #!/usr/bin/env bash

    systemConfig=@out@
    export PATH=/usr/bin:/usr/sbin:/bin:/sbin

    _status=0
    trap "_status=1 _localstatus=\$?" ERR

    # Ensure a consistent umask.
    umask 0022
  '';

  program =
    name: text:
    pkgs.writeTextFile {
      inherit name text;
      executable = true;
    };

  dry = lib.mapAttrs (
    _: entry: entry // lib.optionalAttrs (!entry.supportsDryActivation) { text = "#### not run"; }
  ) config.system.activationScripts;
in
{
  options.system.activationScripts = mkOption {
    type = types.attrsOf snippet;
    default = { };
    description = "Shell fragments that run at each activation: idempotent, and fast.";
  };

  options.system.userActivationScripts = mkOption {
    type = types.attrsOf snippet;
    default = { };
    description = "Accepted, and not run: the miniature has no per-user activation.";
  };

  config.system.activationScripts = {
    stdio = "";
    var = ''
      mkdir -m 1777 -p /var/tmp
      mkdir -p /var/empty /var/lib/nixos
      chmod 0555 /var/empty
    '';
  };

  config.system.build.activationScript = program "activate.in" ''
    ${head}
    ${inOrder config.system.activationScripts}
    # Make this configuration the current configuration.
    # The readlink is there to ensure that when $systemConfig = /system
    # (which is a symlink to the store), /run/current-system is still
    # used as a garbage collection root.
    ln -sfn "$(readlink -f "$systemConfig")" /run/current-system

    # Prevent the current configuration from being garbage-collected.
    mkdir -p /nix/var/nix/gcroots
    ln -sfn /run/current-system /nix/var/nix/gcroots/current-system

    exit $_status
  '';

  config.system.build.dryActivationScript = program "dry-activate.in" ''
    ${head}
    ${inOrder dry}
    exit $_status
  '';
}
