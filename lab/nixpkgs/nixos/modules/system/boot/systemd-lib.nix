# Follows nixos/lib/systemd-lib.nix and systemd-unit-options.nix: from option values to the texts of unit files.
{ lib, pkgs }:
let
  value = v: if v == true then "true" else if v == false then "false" else toString v;

  assignments =
    attrs:
    lib.concatStrings (
      lib.mapAttrsToList (
        name: v:
        if v == null then
          ""
        else
          lib.concatMapStrings (item: "${name}=${value item}\n") (if lib.isList v then v else [ v ])
      ) attrs
    );

  section = name: attrs: lib.optionalString (attrs != { }) "[${name}]\n${assignments attrs}\n";

  list = names: lib.optionalAttrs (names != [ ]);

  # What every kind of unit has in [Unit].
  unitSection =
    unit:
    list unit.requires { Requires = lib.concatStringsSep " " unit.requires; }
    // list unit.wants { Wants = lib.concatStringsSep " " unit.wants; }
    // list unit.after { After = lib.concatStringsSep " " unit.after; }
    // list unit.before { Before = lib.concatStringsSep " " unit.before; }
    // list unit.bindsTo { BindsTo = lib.concatStringsSep " " unit.bindsTo; }
    // list unit.partOf { PartOf = lib.concatStringsSep " " unit.partOf; }
    // list unit.conflicts { Conflicts = lib.concatStringsSep " " unit.conflicts; }
    // list unit.onFailure { OnFailure = lib.concatStringsSep " " unit.onFailure; }
    // list unit.restartTriggers { X-Restart-Triggers = lib.concatMapStringsSep " " toString unit.restartTriggers; }
    // list unit.reloadTriggers { X-Reload-Triggers = lib.concatMapStringsSep " " toString unit.reloadTriggers; }
    // lib.optionalAttrs (unit.description != "") { Description = unit.description; }
    // unit.unitConfig;

  script =
    name: text:
    "${pkgs.writeTextFile {
      name = "unit-script-${lib.replaceStrings [ "@" "\\" ] [ "-" "-" ] name}";
      executable = true;
      text = "#!/usr/bin/env bash\nset -e\n${text}\n";
    }}";

  defaultPath = "/run/current-system/sw/bin:/usr/bin:/usr/sbin:/bin:/sbin";

  environment =
    service:
    let
      own = lib.concatMapStrings (p: "${p}/bin:") service.path;
      all = { PATH = own + defaultPath; } // service.environment;
    in
    lib.concatStrings (
      lib.mapAttrsToList (
        name: v: lib.optionalString (v != null) "Environment=\"${name}=${lib.replaceStrings [ "\"" ] [ "\\\"" ] (toString v)}\"\n"
      ) all
    );

  restartBehaviour =
    service:
    lib.optionalString service.reloadIfChanged "X-ReloadIfChanged=true\n"
    + lib.optionalString (!service.reloadIfChanged && !service.restartIfChanged) "X-RestartIfChanged=false\n"
    + lib.optionalString (!service.stopIfChanged) "X-StopIfChanged=false\n";

  scripts =
    name: service:
    lib.optionalAttrs (service.preStart != "") { ExecStartPre = [ (script "${name}-pre-start" service.preStart) ]; }
    // lib.optionalAttrs (service.script != "") {
      ExecStart = script "${name}-start" service.script + lib.optionalString (service.scriptArgs != "") " ${service.scriptArgs}";
    }
    // lib.optionalAttrs (service.postStart != "") { ExecStartPost = [ (script "${name}-post-start" service.postStart) ]; }
    // lib.optionalAttrs (service.reload != "") { ExecReload = script "${name}-reload" service.reload; }
    // lib.optionalAttrs (service.preStop != "") { ExecStop = script "${name}-pre-stop" service.preStop; }
    // lib.optionalAttrs (service.postStop != "") { ExecStopPost = script "${name}-post-stop" service.postStop; };
in
{
  inherit section;

  service =
    name: service:
    section "Unit" (unitSection service)
    + "[Service]\n"
    + environment service
    + restartBehaviour service
    + assignments (scripts name service // service.serviceConfig);

  # Units of the other kinds: [Unit], and one section of their own.
  unit =
    kind: config: unit:
    section "Unit" (unitSection unit) + section kind config;
}
