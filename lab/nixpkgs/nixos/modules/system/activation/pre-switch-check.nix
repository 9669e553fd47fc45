# Follows nixos/modules/system/activation/pre-switch-check.nix and switchable-system.nix.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;

  check = name: text: ''
    # pre-switch check ${name}
    (
      ${text}
    )
    if [[ $? != 0 ]]; then
      echo "Pre-switch check '${name}' failed"
      exit 1
    fi
  '';

  inhibitors = pkgs.writeText "switch-inhibitors" (
    lib.concatStrings (lib.mapAttrsToList (name: value: "${name} ${value}\n") config.system.switch.inhibitors)
  );
in
{
  options.system.preSwitchChecks = mkOption {
    type = types.attrsOf types.lines;
    default = { };
    description = "Shell fragments that run before a switch; one that fails stops it.";
  };

  options.system.switch = {
    enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the system can switch to other configurations.";
    };
    inhibitors = mkOption {
      type = types.attrsOf types.str;
      default = { };
      example = {
        dbus-implementation = "dbus";
      };
      description = "What must not change in a running system: a switch that would change it is refused.";
    };
  };

  config.system.preSwitchChecks.switchInhibitors = ''
    incoming="''${1-}"
    action="''${2-}"
    if [ "$action" = boot ]; then
      exit 0
    fi
    echo -n "Checking switch inhibitors..."
    changes=
    while read -r name value; do
      current=$(sed -n "s|^$name ||p" /run/current-system/switch-inhibitors 2> /dev/null)
      if [ "$current" != "$value" ]; then
        changes="$changes$name : ''${current:-none} -> $value
    "
      fi
    done < "$incoming/switch-inhibitors"
    if [ -n "$changes" ]; then
      printf '\nThere are changes to critical components of the system:\n\n%s\n' "$changes"
      echo "Switching into this system is not recommended."
      echo "You probably want to run 'nixos-rebuild boot' and reboot your system instead."
      echo
      echo "If you really want to switch into this configuration directly, then"
      echo "you can set NIXOS_NO_CHECK=1 to ignore these pre-switch checks."
      exit 1
    fi
    echo " done"
  '';

  config.system.build.preSwitchChecks = pkgs.writeShellScript "pre-switch-checks" (
    lib.concatStrings (lib.mapAttrsToList check config.system.preSwitchChecks)
  );

  config.system.systemBuilderCommands = ''
    ln -s ${inhibitors} $out/switch-inhibitors
  '';
}
