# Follows nixos/modules/config/nsswitch.nix, services/system/dbus.nix, services/system/nscd.nix and the PAM directories
# of the Pi's /usr: the files of /etc that the Pi's own programs read.
# Leaves out: nscd, databases as options, dbus' own configuration (it is in the Pi's /usr).
{ config, lib, ... }:
{
  options.services.dbus.enable = lib.mkOption {
    type = lib.types.bool;
    default = true;
    description = "Whether the system bus runs.";
  };
  options.services.dbus.implementation = lib.mkOption {
    type = lib.types.enum [
      "dbus"
      "broker"
    ];
    default = "dbus";
    description = "Which program it is; both are Debian's dbus-daemon in the lab.";
  };

  config.environment.etc = {
    "nsswitch.conf".text = ''
      passwd:    files systemd
      group:     files systemd
      shadow:    files
      hosts:     files myhostname dns
      networks:  files
      ethers:    files
      services:  files
      protocols: files
      rpc:       files
    '';
    "login.defs".text = ''
      ENCRYPT_METHOD YESCRYPT
      UMASK 077
      UID_MIN 1000
      UID_MAX 29999
      GID_MIN 1000
      GID_MAX 29999
    '';
    # Programs of Debian's that were started before ldconfig could run.
    "ld.so.conf".text = "/usr/lib/x86_64-linux-gnu\n/usr/lib/aarch64-linux-gnu\n";
  };

  config.system.switch.inhibitors.dbus-implementation = config.services.dbus.implementation;
}
