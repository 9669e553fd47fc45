#!/usr/bin/env bash
# Switches the running system to the configuration @out@.
# Follows pkgs/by-name/sw/switch-to-configuration-ng (src/main.rs): actions, messages, exit codes, and which units are
# stopped, started, restarted and reloaded. Leaves out: mounts and swap devices that changed, user units (only named),
# template instances, socket activation, and units that the activation script asked for.
set -uo pipefail

toplevel=@out@
export PATH=/usr/bin:/usr/sbin:/bin:/sbin
. @unitChanges@

usage() {
  cat >&2 << 'USAGE'
Usage: switch-to-configuration [check|switch|boot|test|dry-activate]
check:        run pre-switch checks and exit
switch:       make the configuration the boot default and activate now
boot:         make the configuration the boot default
test:         activate the configuration, but don't make it the boot default
dry-activate: show what would be done if this configuration were activated

USAGE
  exit 1
}

say() { printf '%s\n' "$*" >&2; }

# joined NAME...: "a, b, c", sorted without regard to case.
joined() { printf '%s\n' "$@" | sort -f | paste -sd, | sed 's/,/, /g'; }

# announce TEXT NAME...: prints nothing for no names.
announce() {
  local text=$1
  shift
  [ $# -eq 0 ] || say "$text: $(joined "$@")"
}

require_nixos() {
  if [ ! -f /etc/NIXOS ] && ! grep -qE '^ID="?@distroId@"?$' /etc/os-release; then
    say "This is not a NixOS installation!"
    exit 1
  fi
}

take_lock() {
  mkdir -p -m 0755 /run/nixos
  exec {lock}>> /run/nixos/switch-to-configuration.lock || { say "Could not open lock"; exit 1; }
  flock --exclusive --nonblock "$lock" || { say "Could not acquire lock"; exit 11; }
}

run_checks() {
  [ "${NIXOS_NO_CHECK:-}" = 1 ] && return
  @preSwitchCheck@ "$toplevel" "$action" || { say "Pre-switch checks failed"; exit 1; }
}

install_boot_loader() {
  @installBootLoader@ "$toplevel" || { say "Failed to install bootloader"; exit 1; }
}

# Names of units that are active, or on their way.
active_units() {
  systemctl list-units --all --plain --no-legend --full --state=active,activating,reloading | cut -d ' ' -f 1
}

failed_units() { systemctl list-units --all --plain --no-legend --full --state=failed | cut -d ' ' -f 1; }

# Services that systemd is about to start again because they exited with an error.
restarting_units() {
  systemctl list-units --plain --no-legend --full --type=service --state=auto-restart | cut -d ' ' -f 1 |
    while read -r unit; do
      [ "$(systemctl show --property=ExecMainStatus --value "$unit")" = 0 ] || printf '%s\n' "$unit"
    done
}

visible_starts() {
  local unit
  for unit in "${!to_start[@]}"; do [ -n "${hidden[$unit]:-}" ] || printf '%s\n' "$unit"; done
}

# act VERB UNIT...: one job for all, and a line for each that failed.
act() {
  local verb=$1 unit
  shift
  [ $# -eq 0 ] && return
  systemctl "$verb" --no-ask-password -- "$@" 2> /run/nixos/systemctl.err && return
  for unit in "$@"; do
    if [ "$verb" != stop ] && ! systemctl --quiet is-active -- "$unit" &&
      [ "$(systemctl show --property=Result --value -- "$unit")" != success ]; then
      say "Failed to $verb $unit"
    fi
  done
  # Stopping what is gone already is fine.
  [ "$verb" = stop ] || status=4
}

show_dry_run() {
  announce "would stop the following units" "${!to_stop[@]}"
  announce "would NOT stop the following changed units" "${!to_skip[@]}"
  say "would activate the configuration..."
  "$toplevel/dry-activate" "$toplevel"
  announce "would reload the following units" "${!to_reload[@]}"
  announce "would restart the following units" "${!to_restart[@]}"
  mapfile -t starts < <(visible_starts)
  announce "would start the following units" "${starts[@]}"
  exit 0
}

restart_systemd_if_needed() {
  [ "$systemd_conf_before" = "$(readlink -f /etc/systemd/system.conf)" ] && return
  say "restarting systemd..."
  systemctl daemon-reexec
}

reload_user_units() {
  local user
  while read -r _ user _; do
    [ -z "$user" ] || say "reloading user units for $user..."
  done < <(loginctl list-users --no-legend 2> /dev/null)
}

restart_sysinit_reactivation() {
  say "restarting sysinit-reactivation.target"
  systemctl restart sysinit-reactivation.target || { say "Failed to restart sysinit-reactivation.target"; status=4; }
}

apply_units() {
  announce "reloading the following units" "${!to_reload[@]}"
  act reload-or-restart "${!to_reload[@]}"
  rm -f "$reload_list"
  announce "restarting the following units" "${!to_restart[@]}"
  act restart "${!to_restart[@]}"
  rm -f "$restart_list"
  mapfile -t starts < <(visible_starts)
  announce "starting the following units" "${starts[@]}"
  act start "${!to_start[@]}"
  rm -f "$start_list"
}

report_new_units() {
  local unit new=()
  local -A before=()
  for unit in "${active_before[@]}"; do before[$unit]=1; done
  while read -r unit; do
    [ -n "${before[$unit]:-}" ] || [[ $unit == *.scope ]] || new+=("$unit")
  done < <(active_units)
  announce "the following new units were started" "${new[@]}"
}

report_failed_units() {
  mapfile -t failed < <({ failed_units; restarting_units; } | sort -u)
  [ ${#failed[@]} -eq 0 ] && return
  announce "warning: the following units failed" "${failed[@]}"
  systemctl status --no-pager --full "${failed[@]}" >&2
  status=4
}

switch_units() {
  systemd_conf_before=$(readlink -f /etc/systemd/system.conf)
  logger --tag nixos "switching to system configuration $toplevel"
  announce "stopping the following units" "${!to_stop[@]}"
  act stop "${!to_stop[@]}"
  announce "NOT restarting the following changed units" "${!to_skip[@]}"

  say "activating the configuration..."
  "$toplevel/activate" "$toplevel" || { say "Failed to run activate script"; status=2; }

  restart_systemd_if_needed
  systemctl reset-failed
  systemctl daemon-reload
  reload_user_units
  restart_sysinit_reactivation
  apply_units
  # Units that fail at once are reported, as upstream waits for the bus to settle.
  sleep 0.5
  report_new_units
  report_failed_units
}

action=${1:-}
case $action in
  check | switch | boot | test | dry-activate) ;;
  *) usage ;;
esac
if [ "$(id -u)" != 0 ]; then
  say "Error: switch-to-configuration must be run as the root user"
  exit 1
fi
export NIXOS_ACTION=$action
status=0

require_nixos
take_lock
run_checks
[ "$action" = check ] && exit 0
case $action in switch | boot) install_boot_loader ;; esac
[ "${NIXOS_NO_SYNC:-}" = 1 ] || sync -f /nix/store
[ "$action" = boot ] && exit 0

if [ "$(cat /run/current-system/init-interface-version 2> /dev/null)" != "$(cat "$toplevel/init-interface-version")" ]; then
  say "Warning: the new NixOS configuration has an ‘init’ that is
incompatible with the current configuration.  The new configuration
won't take effect until you reboot the system.
"
  exit 100
fi

# The terminal may be one that the switch takes away.
trap '' HUP PIPE
mapfile -t active_before < <(active_units)
collect_changes
[ "$action" = dry-activate ] && show_dry_run
switch_units
if [ "$status" = 0 ]; then
  logger --tag nixos "finished switching to system configuration $toplevel"
else
  logger --tag nixos --priority user.err "switching to system configuration $toplevel failed (status $status)"
fi
exit "$status"
