# Follows nixos/modules/tasks/auto-upgrade.nix.
# Leaves out: nixos-rebuild itself (the miniature has none), so the timer's service fails on the Pi as it would offline;
# what can be seen is that the timer exists, and when it would fire.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.system.autoUpgrade;

  option =
    type: default: description:
    mkOption { inherit type default description; };
in
{
  options.system.autoUpgrade = {
    enable = option types.bool false "Whether the system upgrades itself regularly.";
    flake = option (types.nullOr types.str) null "The flake that it builds.";
    channel = option (types.nullOr types.str) null "The channel that it follows.";
    flags = option (types.listOf types.str) [ ] "Further arguments of nixos-rebuild.";
    upgrade = option types.bool true "Whether channels are updated first.";
    operation = option (types.enum [
      "switch"
      "boot"
    ]) "switch" "What nixos-rebuild does.";
    allowReboot = option types.bool false "Whether it reboots for a new kernel.";
    dates = option types.str "04:40" "When.";
    randomizedDelaySec = option types.str "0" "How much later at most.";
    fixedRandomDelay = option types.bool false "Whether the delay is always the same.";
    persistent = option types.bool true "Whether what was missed is made up for.";
    rebootWindow = option (types.nullOr types.raw) null "When it may reboot.";
    runGarbageCollection = option types.bool false "Whether garbage is collected afterwards.";
  };

  config = lib.mkIf cfg.enable {
    systemd.services.nixos-upgrade = {
      description = "NixOS Upgrade";
      restartIfChanged = false;
      unitConfig.X-StopOnRemoval = false;
      serviceConfig.Type = "oneshot";
      script = "nixos-rebuild ${cfg.operation} ${
        lib.escapeShellArgs (cfg.flags ++ lib.optionals (cfg.flake != null) [ "--flake" cfg.flake ])
      }";
      startAt = [ cfg.dates ];
    };
    systemd.timers.nixos-upgrade.timerConfig = {
      RandomizedDelaySec = cfg.randomizedDelaySec;
      FixedRandomDelay = cfg.fixedRandomDelay;
      Persistent = cfg.persistent;
    };
  };
}
