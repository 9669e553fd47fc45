# Modules that the tests of deployments add to their Pi's configuration: each does what its name says.
let
  # Stands still until a file says go; a file system in memory is empty again after a power cut.
  hold = ''
    touch /dev/shm/held
    while [ ! -e /dev/shm/go ]; do sleep 0.1; done
  '';

  ownAddress = address: {
    networking.useNetworkd = true;
    networking.interfaces.eth0.ipv4.addresses = [
      {
        inherit address;
        prefixLength = 24;
      }
    ];
  };
in
{
  first = { };

  package = { pkgs, ... }: { environment.systemPackages = [ pkgs.htop ]; };
  byHand = { pkgs, ... }: { environment.systemPackages = [ pkgs.tmux ]; };
  salted.environment.etc.salt.text = builtins.readFile ./salt;

  # 6 MB that cannot be compressed.
  large = { pkgs, ... }: {
    environment.etc.large.source = pkgs.runCommand "large" { } "head -c 6000000 /dev/urandom > $out";
  };

  # Phases of a deployment that stand still.
  holdsBuild = { pkgs, ... }: {
    environment.etc.held.source = pkgs.runCommand "held-${builtins.readFile ./salt}" { } ''
      ${hold}
      echo built > $out
    '';
  };
  holdsCheck.system.preSwitchChecks.hold = hold;
  holdsActivation.system.activationScripts.hold = hold;
  holdsBootLoader = { lib, pkgs, ... }:
    let
      nixos = import <nixpkgs/nixos> { configuration = ./hosts/lab/configuration.nix; };
    in
    {
      system.build.installBootLoader = lib.mkForce (
        pkgs.writeShellScript "install-boot-loader" ''
          ${hold}
          exec ${nixos.config.system.build.installBootLoader} "$@"
        ''
      );
    };

  # What takes a Pi away from its owner.
  withoutSshd = { lib, ... }: { services.openssh.enable = lib.mkForce false; };
  sshdElsewhere.services.openssh.listenAddresses = [ { addr = "10.99.0.1"; } ];
  withoutKeys = { lib, ... }: { users.users.pi.openssh.authorizedKeys.keys = lib.mkForce [ ]; };
  asksForPassword = { lib, ... }: { security.sudo.wheelNeedsPassword = lib.mkForce true; };
  # The password is correct-horse.
  asksForKnownPassword = { lib, ... }: {
    security.sudo.wheelNeedsPassword = lib.mkForce true;
    users.mutableUsers = false;
    users.users.pi.hashedPassword = "$6$labsalt$Ufc2aU66HLWyzucM/XkPSPx75V3XxoeDQuSSGsBobwcBh.gLp9VQP//2Dx28LgXRGwcqRB796qoKB2VF8vi7a0";
  };
  atDeadAddress = ownAddress "10.99.0.2";

  atNextAddress = ownAddress "10.42.0.111";
  atSameAddress = ownAddress "10.42.0.11";

  # What does not work.
  failsActivation.system.activationScripts.bad = "echo this activation is doomed; false";
  failsUnit.systemd.services.doomed = {
    wantedBy = [ "multi-user.target" ];
    script = "echo this unit is doomed; exit 3";
    serviceConfig.Type = "oneshot";
    serviceConfig.RemainAfterExit = true;
  };
  forbidsSwitch.system.switch.inhibitors.something = "else";

  # What needs a reboot, and what does not survive one.
  otherKernelParameters.boot.kernelParams = [ "quiet" ];
  withoutSshdAfterBoot = { lib, ... }: {
    boot.kernelParams = [ "quiet" ];
    services.openssh.enable = lib.mkForce false;
  };
  hangsAtBoot.boot.postBootCommands = "while :; do sleep 1; done";

  # What changes how the Pi may be deployed to.
  untrusted = { lib, ... }: { nix.settings.trusted-users = lib.mkForce [ "root" ]; };
}
