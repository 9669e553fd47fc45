# Follows nixos/modules/security/pam.nix.
# Leaves out: every module but pam_unix, pam_env, pam_systemd and pam_deny, and rules as options.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;

  service =
    { name, ... }:
    {
      options = {
        name = mkOption {
          type = types.str;
          default = name;
          description = "The service's name.";
        };
        rootOK = mkOption {
          type = types.bool;
          default = false;
          description = "Whether root needs no password.";
        };
        startSession = mkOption {
          type = types.bool;
          default = false;
          description = "Whether logind hears of the session.";
        };
        text = mkOption {
          type = types.nullOr types.lines;
          default = null;
          description = "The file's text.";
        };
      };
    };

  defaultText = s: ''
    account required pam_unix.so
    ${lib.optionalString s.rootOK "auth sufficient pam_rootok.so"}
    auth sufficient pam_unix.so likeauth try_first_pass
    auth required pam_deny.so
    password sufficient pam_unix.so nullok yescrypt
    session required pam_env.so conffile=/etc/pam/environment readenv=0
    session required pam_unix.so
    ${lib.optionalString s.startSession "session optional pam_systemd.so"}
  '';

  session.startSession = true;
  root.rootOK = true;
in
{
  options.security.pam.services = mkOption {
    type = types.attrsOf (types.submodule service);
    default = { };
    description = "Files of /etc/pam.d.";
  };

  config = {
    security.pam.services = {
      login = session;
      sshd = session;
      systemd-user = session;
      su = root;
      su-l = root;
      runuser = root;
      runuser-l = root;
      passwd = { };
      chpasswd = root;
      other.text = ''
        auth required pam_deny.so
        account required pam_deny.so
        password required pam_deny.so
        session required pam_deny.so
      '';
    };

    environment.etc = lib.mapAttrs' (
      _: s: lib.nameValuePair "pam.d/${s.name}" { text = if s.text == null then defaultText s else s.text; }
    ) config.security.pam.services;
  };
}
