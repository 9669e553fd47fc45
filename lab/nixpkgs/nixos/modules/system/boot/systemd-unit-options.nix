# Follows nixos/lib/systemd-unit-options.nix: the options of each kind of unit.
# Leaves out: enableStrictShellChecks, startLimit options, conditions as options.
{ lib }:
let
  inherit (lib) mkOption types;

  attrs =
    description:
    mkOption {
      type = types.attrsOf types.raw;
      default = { };
      inherit description;
    };

  names =
    description:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      inherit description;
    };

  lines =
    description:
    mkOption {
      type = types.lines;
      default = "";
      inherit description;
    };

  flag =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
    };

  triggers =
    description:
    mkOption {
      type = types.listOf types.raw;
      default = [ ];
      inherit description;
    };

  unit = {
    enable = flag true "Whether the unit is there; false masks one of systemd's own.";
    overrideStrategy = mkOption {
      type = types.enum [
        "asDropinIfExists"
        "asDropin"
      ];
      default = "asDropinIfExists";
      description = "Whether this is a unit, or adds to one of systemd's.";
    };
    description = mkOption {
      type = types.str;
      default = "";
      description = "What the unit is.";
    };
    documentation = names "Where it is described.";
    requires = names "Units that it needs.";
    wants = names "Units that it starts.";
    upholds = names "Units that are started again while it runs.";
    after = names "Units that start before it.";
    before = names "Units that start after it.";
    bindsTo = names "Units that it stops with.";
    partOf = names "Units that it is stopped and restarted with.";
    conflicts = names "Units that are stopped when it starts.";
    requisite = names "Units that must run already.";
    onFailure = names "Units that are started when it fails.";
    onSuccess = names "Units that are started when it ends well.";
    requiredBy = names "Units that need it.";
    wantedBy = names "Units that start it.";
    aliases = names "Other names.";
    unitConfig = attrs "Settings of [Unit].";
    restartTriggers = triggers "Values whose change restarts the unit.";
    reloadTriggers = triggers "Values whose change reloads the unit.";
  };
in
{
  service.options = unit // {
    serviceConfig = attrs "Settings of [Service].";
    environment = attrs "Environment variables; null leaves one out.";
    path = mkOption {
      type = types.listOf types.raw;
      default = [ ];
      description = "Packages on the PATH.";
    };
    script = lines "The service's main script.";
    scriptArgs = mkOption {
      type = types.str;
      default = "";
      description = "Arguments of the script.";
    };
    preStart = lines "Runs before the service.";
    postStart = lines "Runs after it started.";
    reload = lines "Makes it read its configuration again.";
    preStop = lines "Runs to stop it.";
    postStop = lines "Runs after it stopped.";
    restartIfChanged = flag true "Whether a switch that changes the unit restarts it.";
    reloadIfChanged = flag false "Whether a switch that changes the unit only reloads it.";
    stopIfChanged = flag true "Whether it is stopped before, and started after, the activation.";
    startAt = mkOption {
      type = types.coercedTo types.str (time: [ time ]) (types.listOf types.str);
      default = [ ];
      description = "Calendar times at which it is started.";
    };
  };
  timer.options = unit // {
    timerConfig = attrs "Settings of [Timer].";
  };
  socket.options = unit // {
    listenStreams = names "Addresses that it listens on.";
    socketConfig = attrs "Settings of [Socket].";
  };
  target.options = unit;
  path.options = unit // {
    pathConfig = attrs "Settings of [Path].";
  };
}
