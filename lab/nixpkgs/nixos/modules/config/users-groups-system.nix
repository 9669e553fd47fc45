# Follows nixos/modules/config/users-groups.nix (the part that declares the usual accounts) and misc/ids.nix.
# Only the accounts that the Pi's own systemd, dbus, sshd and nix need; numbers are upstream's.
{ lib, ... }:
let
  system = uid: group: {
    inherit uid group;
    isSystemUser = true;
  };

  gids = {
    root = 0;
    wheel = 1;
    kmem = 2;
    tty = 3;
    messagebus = 4;
    disk = 6;
    lp = 20;
    uucp = 21;
    floppy = 18;
    audio = 17;
    cdrom = 24;
    tape = 25;
    video = 26;
    dialout = 27;
    utmp = 29;
    adm = 55;
    systemd-journal = 62;
    users = 100;
    systemd-network = 152;
    systemd-resolve = 153;
    systemd-timesync = 154;
    input = 174;
    sshd = 239;
    kvm = 302;
    render = 303;
    sgx = 304;
    clock = 319;
    shadow = 318;
    nixbld = 30000;
    nogroup = 65534;
  };

  builders = lib.listToAttrs (
    map (
      n:
      lib.nameValuePair "nixbld${toString n}" {
        uid = 30000 + n;
        description = "Nix build user ${toString n}";
        group = "nixbld";
        extraGroups = [ "nixbld" ];
        isSystemUser = true;
      }
    ) (lib.range 1 4)
  );
in
{
  config.users.groups = lib.mapAttrs (_: gid: { gid = lib.mkDefault gid; }) gids;

  config.users.users = builders // {
    root = {
      uid = 0;
      description = "System administrator";
      home = "/root";
      shell = lib.mkDefault "/run/current-system/sw/bin/bash";
      group = "root";
    };
    nobody = system 65534 "nogroup" // {
      description = "Unprivileged account (don't use!)";
    };
    messagebus = system 4 "messagebus" // {
      home = "/run/dbus";
    };
    sshd = system 239 "sshd";
    systemd-network = system 152 "systemd-network";
    systemd-resolve = system 153 "systemd-resolve";
    systemd-timesync = system 154 "systemd-timesync";
  };
}
