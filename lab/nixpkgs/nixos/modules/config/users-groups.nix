# Follows nixos/modules/config/users-groups.nix and misc/ids.nix.
# Leaves out: subordinate ids, lingering, userborn and systemd-sysusers, password checks against known hashes.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.users;

  nullOrString =
    description:
    mkOption {
      type = types.nullOr types.str;
      default = null;
      inherit description;
    };

  flag =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
    };

  userOptions =
    { name, config, ... }:
    {
      options = {
        enable = flag true "Whether the account exists.";
        name = mkOption {
          type = types.str;
          default = name;
          description = "The account's name.";
        };
        description = mkOption {
          type = types.str;
          default = "";
          example = "Alice Q. User";
          description = "The person's full name.";
        };
        uid = mkOption {
          type = types.nullOr types.int;
          default = null;
          description = "The number; chosen at activation when null.";
        };
        isSystemUser = flag false "Whether this is a system account.";
        isNormalUser = flag false "Whether this is a person's account.";
        group = mkOption {
          type = types.str;
          default = "";
          description = "The primary group.";
        };
        extraGroups = mkOption {
          type = types.listOf types.str;
          default = [ ];
          description = "Further groups.";
        };
        home = mkOption {
          type = types.str;
          default = "/var/empty";
          description = "The home directory.";
        };
        homeMode = mkOption {
          type = types.strMatching "[0-7]{1,5}";
          default = "700";
          description = "The home directory's mode.";
        };
        createHome = flag false "Whether the home directory is made.";
        useDefaultShell = flag false "Whether the shell is users.defaultUserShell.";
        shell = mkOption {
          type = types.nullOr (types.either types.package types.str);
          default = "/usr/sbin/nologin";
          description = "The login shell.";
        };
        ignoreShellProgramCheck = flag false "Accepted.";
        linger = flag false "Accepted.";
        autoSubUidGidRange = flag false "Accepted.";
        hashedPassword = nullOrString "The hash of the password, as mkpasswd prints it.";
        hashedPasswordFile = nullOrString "A file with the hash of the password.";
        password = nullOrString "The password in clear.";
        initialHashedPassword = nullOrString "The hash of the password that a new account gets.";
        initialPassword = nullOrString "The password, in clear, that a new account gets.";
        packages = mkOption {
          type = types.listOf types.package;
          default = [ ];
          description = "Packages for this account.";
        };
      };

      config = lib.mkMerge [
        {
          shell = lib.mkIf config.useDefaultShell (lib.mkDefault cfg.defaultUserShell);
        }
        (lib.mkIf config.isNormalUser {
          group = lib.mkDefault "users";
          createHome = lib.mkDefault true;
          home = lib.mkDefault "/home/${config.name}";
          useDefaultShell = lib.mkDefault true;
        })
      ];
    };

  groupOptions =
    { name, ... }:
    {
      options = {
        name = mkOption {
          type = types.str;
          default = name;
          description = "The group's name.";
        };
        gid = mkOption {
          type = types.nullOr types.int;
          default = null;
          description = "The number; chosen at activation when null.";
        };
        members = mkOption {
          type = types.listOf types.str;
          default = [ ];
          description = "Accounts in the group.";
        };
      };
    };

  users = lib.filter (user: user.enable) (lib.attrValues cfg.users);
  orDash = v: if v == null then "-" else toString v;

  # How the password is given, and what: see update-users-groups.sh.
  password =
    u:
    if u.hashedPasswordFile != null then
      "file:${u.hashedPasswordFile}"
    else if u.password != null then
      "clear:${u.password}"
    else if u.hashedPassword != null then
      "hash:${u.hashedPassword}"
    else if u.initialHashedPassword != null then
      "hash:${u.initialHashedPassword}"
    else if u.initialPassword != null then
      "clear:${u.initialPassword}"
    else
      "none:";

  shellPath =
    shell:
    if shell == null then
      "/usr/sbin/nologin"
    else if lib.isAttrs shell then
      "${shell}${shell.shellPath or "/bin/${lib.getName shell}"}"
    else
      shell;

  fields = lib.concatStringsSep "\t";

  userLine =
    u:
    fields [
      u.name
      (orDash u.uid)
      u.group
      u.home
      u.homeMode
      (lib.boolToString u.createHome)
      (shellPath u.shell)
      (if u.isNormalUser then "normal" else "system")
      (password u)
      u.description
    ];

  groupLine =
    g:
    let
      members = lib.unique (
        g.members ++ map (u: u.name) (lib.filter (u: lib.elem g.name u.extraGroups) users)
      );
    in
    fields [
      g.name
      (orDash g.gid)
      (if members == [ ] then "-" else lib.concatStringsSep "," members)
    ];

  spec =
    name: render: entries:
    pkgs.writeText name (lib.concatMapStrings (entry: render entry + "\n") entries);

  update = pkgs.writeTextFile {
    name = "update-users-groups";
    executable = true;
    text = builtins.readFile ./update-users-groups.sh;
  };

  isAdministrator = u: u.name == "root" || u.group == "wheel" || lib.elem "wheel" u.extraGroups;

  canLogIn =
    user:
    user.hashedPassword != null
    || user.password != null
    || user.hashedPasswordFile != null
    || user.openssh.authorizedKeys.keys != [ ]
    || user.openssh.authorizedKeys.keyFiles != [ ];

  lockedOut =
    !cfg.mutableUsers
    && !cfg.allowNoPasswordLogin
    && !lib.any (u: isAdministrator u && canLogIn u) users;

  checksOf = user: [
    {
      assertion = user.isNormalUser -> user.uid == null || user.uid >= 1000;
      message = ''
        A user cannot have a users.users.${user.name}.uid set below 1000 and set users.users.${user.name}.isNormalUser.
        Either users.users.${user.name}.isSystemUser must be set to true instead of users.users.${user.name}.isNormalUser
        or users.users.${user.name}.uid must be changed to 1000 or above.
      '';
    }
    {
      # A number below 1000 is a system's by itself.
      assertion =
        if user.isNormalUser then
          !user.isSystemUser
        else
          user.isSystemUser || (user.uid != null && user.uid < 1000);
      message = ''
        Exactly one of users.users.${user.name}.isSystemUser and users.users.${user.name}.isNormalUser must be set.
      '';
    }
    {
      assertion = user.group != "";
      message = ''
        users.users.${user.name}.group is unset. This used to default to
        nogroup, but this is unsafe. For example you can create a group
        for this user with:
        users.users.${user.name}.group = "${user.name}";
        users.groups.${user.name} = {};
      '';
    }
  ];
in
{
  options.users = {
    mutableUsers = flag true "Whether accounts and passwords may be changed by hand as well.";
    allowNoPasswordLogin = flag false "Whether a configuration that nobody can log in to is accepted.";
    enforceIdUniqueness = flag true "Accepted.";
    defaultUserShell = mkOption {
      type = types.either types.package types.str;
      default = "/run/current-system/sw/bin/bash";
      description = "The login shell of people's accounts.";
    };
    users = mkOption {
      type = types.attrsOf (types.submodule userOptions);
      default = { };
      description = "Accounts.";
    };
    groups = mkOption {
      type = types.attrsOf (types.submodule groupOptions);
      default = { };
      description = "Groups.";
    };
  };

  config = {
    system.activationScripts.users.text = ''
      ${update} ${spec "users" userLine users} ${spec "groups" groupLine (lib.attrValues cfg.groups)} ${lib.boolToString cfg.mutableUsers}
    '';
    system.activationScripts.groups.deps = [ "users" ];

    environment.etc = lib.mapAttrs' (
      _: user:
      lib.nameValuePair "profiles/per-user/${user.name}" {
        source = pkgs.buildEnv {
          name = "user-environment";
          paths = user.packages;
        };
      }
    ) (lib.filterAttrs (_: user: user.packages != [ ]) cfg.users);

    assertions = lib.concatMap checksOf users ++ [
      {
        assertion = !lockedOut;
        message = ''
          Neither the root account nor any wheel user has a password or SSH authorized key.
          You must set one to prevent being locked out of your system.
          If you really want to be locked out of your system, set users.allowNoPasswordLogin = true;
          However you are most probably better off by setting users.mutableUsers = true; and
          manually running passwd root to set the root password.
        '';
      }
    ];
  };
}
