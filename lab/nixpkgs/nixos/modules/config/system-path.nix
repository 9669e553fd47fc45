# Follows nixos/modules/config/system-path.nix, shells-environment.nix and system-environment.nix.
# Leaves out: default packages (the Pi's /usr has the tools), fonts and desktop files, setting up of shells other than bash.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;

  variables =
    description:
    mkOption {
      type = types.attrsOf (types.nullOr (types.oneOf [
        types.str
        types.int
        types.path
        (types.listOf types.str)
      ]));
      default = { };
      inherit description;
    };

  # The login shells that /etc/passwd names, and tools that Debian's /usr has as links into an /etc that is not there.
  toolsOfUsr = pkgs.runCommand "tools-of-usr" { } ''
    mkdir -p $out/bin
    ln -s /usr/bin/bash $out/bin/bash
    ln -s /usr/bin/sh $out/bin/sh
    ln -s /usr/bin/mawk $out/bin/awk
    ln -s /usr/bin/which.debianutils $out/bin/which
    ln -s /usr/bin/less $out/bin/pager
  '';

  text = v: if lib.isList v then lib.concatStringsSep ":" v else toString v;

  exports =
    attrs:
    lib.concatStrings (
      lib.mapAttrsToList (name: v: lib.optionalString (v != null) "export ${name}=\"${text v}\"\n") attrs
    );

  # `home` and `user` as the reader of the file writes them.
  path =
    home: user:
    lib.concatStringsSep ":" [
      "/run/wrappers/bin"
      "${home}/.nix-profile/bin"
      "/etc/profiles/per-user/${user}/bin"
      "/nix/var/nix/profiles/default/bin"
      "/run/current-system/sw/bin"
      "/usr/bin"
      "/bin"
      "/usr/sbin"
      "/sbin"
    ];
in
{
  options.environment = {
    systemPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages that every user has.";
    };
    defaultPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages that are there unless they are taken away.";
    };
    pathsToLink = mkOption {
      type = types.listOf types.str;
      default = [ "/bin" ];
      description = "Accepted; whole packages are linked.";
    };
    extraOutputsToInstall = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Accepted.";
    };
    shells = mkOption {
      type = types.listOf (types.either types.package types.str);
      default = [ ];
      description = "Accepted login shells.";
    };
    variables = variables "Environment variables of shells.";
    sessionVariables = variables "Environment variables of sessions, set by PAM.";
    shellAliases = mkOption {
      type = types.attrsOf (types.nullOr types.str);
      default = { };
      description = "Aliases of shells.";
    };
    shellInit = mkOption {
      type = types.lines;
      default = "";
      description = "Commands that every shell starts with.";
    };
    interactiveShellInit = mkOption {
      type = types.lines;
      default = "";
      description = "Commands that interactive shells start with.";
    };
    loginShellInit = mkOption {
      type = types.lines;
      default = "";
      description = "Commands that login shells start with.";
    };
  };

  options.system.path = mkOption {
    internal = true;
    type = types.package;
    description = "The packages of environment.systemPackages as one tree.";
  };

  config = {
    system.path = pkgs.buildEnv {
      name = "system-path";
      paths = [ toolsOfUsr ] ++ config.environment.systemPackages ++ config.environment.defaultPackages;
    };

    environment.etc = {
      # sshd, sudo and login read this by way of pam_env.
      "pam/environment".text =
        "PATH DEFAULT=\"${path "@{HOME}" "@{PAM_USER}"}\"\n"
        + lib.concatStrings (
          lib.mapAttrsToList (
            name: v: lib.optionalString (v != null) "${name} DEFAULT=\"${text v}\"\n"
          ) config.environment.sessionVariables
        );
      "profile".text = ''
        export PATH="${path "$HOME" "$USER"}"
        ${exports (config.environment.variables // config.environment.sessionVariables)}
        ${config.environment.shellInit}
        ${config.environment.loginShellInit}
      '';
      "bashrc".text =
        lib.concatStrings (
          lib.mapAttrsToList (
            name: v: lib.optionalString (v != null) "alias -- ${name}=${lib.escapeShellArg v}\n"
          ) config.environment.shellAliases
        )
        + config.environment.interactiveShellInit;
      "bash.bashrc".text = "[ -r /etc/bashrc ] && . /etc/bashrc\n";
      "shells".text = lib.concatMapStrings (s: "${toString s}\n") (
        [
          "/run/current-system/sw/bin/bash"
          "/run/current-system/sw/bin/sh"
          "/bin/sh"
        ]
        ++ config.environment.shells
      );
    };
  };
}
