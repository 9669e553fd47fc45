# Follows nixos/modules/system/boot/systemd.nix, systemd/tmpfiles.nix, systemd/logind.nix and journald.nix.
# Leaves out: systemd's own units (they are in the Pi's /usr), user units, generators, slices and paths.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.systemd;
  systemdLib = import ./systemd-lib.nix { inherit lib pkgs; };
  unitOptions = import ./systemd-unit-options.nix { inherit lib; };

  units =
    options: description:
    mkOption {
      type = types.attrsOf (types.submodule options);
      default = { };
      inherit description;
    };

  lines =
    description:
    mkOption {
      type = types.lines;
      default = "";
      inherit description;
    };

  suffixed = suffix: lib.mapAttrs' (name: lib.nameValuePair "${name}.${suffix}");

  startAtTimers = lib.mapAttrs (_: service: {
    wantedBy = [ "timers.target" ];
    timerConfig.OnCalendar = service.startAt;
  }) (lib.filterAttrs (_: service: service.startAt != [ ]) cfg.services);

  texts =
    suffixed "service" (lib.mapAttrs (name: s: s // { text = systemdLib.service name s; }) cfg.services)
    // suffixed "timer" (lib.mapAttrs (_: t: t // { text = systemdLib.unit "Timer" t.timerConfig t; }) cfg.timers)
    // suffixed "socket" (
      lib.mapAttrs (
        _: s:
        s
        // {
          text = systemdLib.unit "Socket" (
            lib.optionalAttrs (s.listenStreams != [ ]) { ListenStream = s.listenStreams; } // s.socketConfig
          ) s;
        }
      ) cfg.sockets
    )
    // suffixed "target" (lib.mapAttrs (_: t: t // { text = systemdLib.unit "Target" { } t; }) cfg.targets)
    // suffixed "path" (lib.mapAttrs (_: p: p // { text = systemdLib.unit "Path" p.pathConfig p; }) cfg.paths);

  # A unit of ours replaces one in /usr; "asDropin" only adds to it.
  install =
    name: unit:
    let
      # The file has the unit's name: a link to another name would be an alias.
      file = "${pkgs.writeTextDir name unit.text}/${name}";
      quoted = lib.escapeShellArg name;
      link = kind: target: ''
        mkdir -p $out/${target}.${kind}
        ln -sfn ../${quoted} $out/${target}.${kind}/${quoted}
      '';
    in
    if !unit.enable then
      "ln -sfn /dev/null $out/${quoted}\n"
    else
      (
        if unit.overrideStrategy == "asDropin" then
          "mkdir -p $out/${quoted}.d\nln -sfn ${file} $out/${quoted}.d/overrides.conf\n"
        else
          "ln -sfn ${file} $out/${quoted}\n"
      )
      + lib.concatMapStrings (link "wants") unit.wantedBy
      + lib.concatMapStrings (link "requires") unit.requiredBy
      + lib.concatMapStrings (alias: "ln -sfn ${quoted} $out/${alias}\n") unit.aliases;

  unitTree = pkgs.runCommand "system-units" { } ''
    mkdir -p $out
    ${lib.concatMapStrings (name: "ln -sfn /dev/null $out/${name}\n") cfg.suppressedSystemUnits}
    ${lib.concatStrings (lib.mapAttrsToList install texts)}
    ${lib.concatMapStrings (name: ''
      mkdir -p $out/${name.target}.wants
      ln -sfn /usr/lib/systemd/system/${name.unit} $out/${name.target}.wants/${name.unit}
    '') cfg.wantedVendorUnits}
  '';
in
{
  options.systemd = {
    services = units unitOptions.service "Services.";
    timers = units unitOptions.timer "Timers.";
    sockets = units unitOptions.socket "Sockets.";
    targets = units unitOptions.target "Targets.";
    paths = units unitOptions.path "Paths.";
    settings.Manager = mkOption {
      type = types.attrsOf types.raw;
      default = { };
      description = "Settings of /etc/systemd/system.conf.";
    };
    tmpfiles.rules = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "d /tmp 1777 root root 10d" ];
      description = "Rules for files that systemd creates, cleans and removes.";
    };
    suppressedSystemUnits = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Units of systemd that are not to run.";
    };
    wantedVendorUnits = mkOption {
      internal = true;
      type = types.listOf (types.attrsOf types.str);
      default = [ ];
      description = "The miniature's own: units of /usr that a target wants, as { unit, target }.";
    };
    enableEmergencyMode = mkOption {
      type = types.bool;
      default = true;
      description = "Accepted.";
    };
  };

  options.services.journald.extraConfig = lines "Lines for journald.conf.";
  options.services.journald.storage = mkOption {
    type = types.str;
    default = "persistent";
    description = "Where the journal is kept.";
  };
  options.services.logind.settings.Login = mkOption {
    type = types.attrsOf types.raw;
    default = { };
    description = "Settings of logind.conf.";
  };

  config.systemd.timers = startAtTimers;

  # What a later activation starts again although it runs before sysinit.target.
  config.systemd.targets.sysinit-reactivation.description = "Reactivate sysinit units";

  # Rules that a switch has changed take effect at once.
  config.systemd.services.systemd-tmpfiles-resetup = {
    description = "Re-setup tmpfiles on a system that is already running.";
    requiredBy = [ "sysinit-reactivation.target" ];
    after = [ "local-fs.target" ];
    before = [ "sysinit-reactivation.target" ];
    unitConfig.DefaultDependencies = false;
    restartTriggers = [ config.environment.etc."tmpfiles.d/00-nixos.conf".source ];
    serviceConfig = {
      Type = "oneshot";
      RemainAfterExit = true;
      ExecStart = "systemd-tmpfiles --create --remove --exclude-prefix=/dev";
      SuccessExitStatus = "DATAERR CANTCREAT";
    };
  };

  # First-boot and packaging chores of Debian's; on NixOS activation did all that.
  config.systemd.suppressedSystemUnits = [
    "systemd-sysusers.service"
    "systemd-firstboot.service"
    "systemd-update-done.service"
    "systemd-journal-catalog-update.service"
    "systemd-machine-id-commit.service"
    "ldconfig.service"
    "apt-daily.timer"
    "apt-daily-upgrade.timer"
    "dpkg-db-backup.timer"
    "e2scrub_all.timer"
    "e2scrub_reap.service"
    "fstrim.timer"
    "getty-static.service"
    "rc-local.service"
  ];

  config.environment.etc = {
    "systemd/system".source = unitTree;
    "systemd/system-preset/00-nixos.preset".text = "ignore *\n";
    "systemd/system.conf".text = systemdLib.section "Manager" ({ DefaultTimeoutStopSec = "30s"; } // cfg.settings.Manager);
    "systemd/journald.conf".text = ''
      [Journal]
      Storage=${config.services.journald.storage}
      ${config.services.journald.extraConfig}
    '';
    "systemd/logind.conf".text = systemdLib.section "Login" config.services.logind.settings.Login;
    # Debian's would put its own links in place of files of this /etc.
    "tmpfiles.d/debian.conf".source = "/dev/null";
    "tmpfiles.d/systemd-resolve.conf".source = "/dev/null";
    "tmpfiles.d/00-nixos.conf".text = lib.concatMapStrings (rule: rule + "\n") cfg.tmpfiles.rules;
  };
}
