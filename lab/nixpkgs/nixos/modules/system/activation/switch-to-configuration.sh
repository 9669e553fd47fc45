#!/usr/bin/env bash
# Switches the running system to the configuration @out@.
# Follows pkgs/by-name/sw/switch-to-configuration-ng (src/main.rs): actions, messages, exit codes, and which units are
# stopped, started, restarted and reloaded. Leaves out: mounts and swap devices that changed, user units (only named),
# template instances, socket activation, and units that the activation script asked for. It compares a unit's whole text
# (upstream ignores a few keys).
set -uo pipefail

toplevel=@out@
export PATH=/usr/bin:/usr/sbin:/bin:/sbin
start_list=/run/nixos/start-list
restart_list=/run/nixos/restart-list
reload_list=/run/nixos/reload-list
old_units=/etc/systemd/system
new_units=$toplevel/etc/systemd/system

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

# unit_flag FILE KEY DEFAULT: a boolean of a unit file.
unit_flag() {
  local value
  value=$(cat "$1" "$1".d/*.conf 2> /dev/null | sed -n "s/^$2=//p" | tail -n 1)
  case ${value:-$3} in 1 | yes | true | on) return 0 ;; *) return 1 ;; esac
}

# What a unit file and its drop-ins say, apart from [Install]: two units are equal when this is.
unit_text() {
  cat "$1" "$1".d/*.conf 2> /dev/null | sed '/^\[Install\]/,/^\[/{/^\[Install\]/d;/^\[/!d}'
}

without_reload_keys() { grep -vE '^(X-Reload-Triggers|ExecReload|Description|Documentation)='; }

# A unit is the configuration's when it has the unit's file or drop-ins for it.
is_gone() { [ ! -e "$1" ] && [ ! -d "$1.d" ] || [ "$(readlink -f "$1")" = /dev/null ]; }

declare -A to_stop=() to_start=() to_restart=() to_reload=() to_skip=() hidden=()

record() { [ "$action" = dry-activate ] || printf '%s\n' "$2" >> "$1"; }

classify_modified() {
  local unit=$1 file=$2
  case $unit in
    sysinit.target | basic.target | multi-user.target | graphical.target | *.path | *.slice | *.socket) return ;;
  esac
  if unit_flag "$file" X-ReloadIfChanged false; then
    to_reload[$unit]=1
    record "$reload_list" "$unit"
  elif ! unit_flag "$file" X-RestartIfChanged true || unit_flag "$file" RefuseManualStop false ||
    unit_flag "$file" X-OnlyManualStart false; then
    to_skip[$unit]=1
  elif ! unit_flag "$file" X-StopIfChanged true || [[ $unit != *.service ]]; then
    to_restart[$unit]=1
    record "$restart_list" "$unit"
  else
    to_stop[$unit]=1
    to_start[$unit]=1
    record "$start_list" "$unit"
  fi
}

# Targets are started again, which starts what they newly want.
classify_target() {
  case $1 in suspend.target | hibernate.target | hybrid-sleep.target) return ;; esac
  unit_flag "$2" RefuseManualStart false || unit_flag "$2" X-OnlyManualStart false && return
  to_start[$1]=1
  hidden[$1]=1
  record "$start_list" "$1"
  if unit_flag "$2" X-StopOnReconfiguration false; then to_stop[$1]=1; fi
}

classify_unit() {
  local unit=$1 old=$old_units/$1 new=$new_units/$1 old_text new_text
  is_gone "$old" && return
  if is_gone "$new"; then
    if unit_flag "$old" X-StopOnRemoval true; then to_stop[$unit]=1; fi
    return
  fi
  if [[ $unit == *.target ]]; then
    classify_target "$unit" "$new"
    return
  fi
  old_text=$(unit_text "$old")
  new_text=$(unit_text "$new")
  [ "$old_text" = "$new_text" ] && return
  if [ "$(without_reload_keys <<< "$old_text")" = "$(without_reload_keys <<< "$new_text")" ]; then
    [ "$(grep -E '^(X-Reload-Triggers|ExecReload)=' <<< "$new_text")" = "$(grep -E '^(X-Reload-Triggers|ExecReload)=' <<< "$old_text")" ] && return
    to_reload[$unit]=1
    record "$reload_list" "$unit"
    return
  fi
  classify_modified "$unit" "$new"
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

take_over_lists() {
  local unit
  while read -r unit; do to_start[$unit]=1; done < <(cat "$start_list" 2> /dev/null)
  while read -r unit; do to_restart[$unit]=1; done < <(cat "$restart_list" 2> /dev/null)
  while read -r unit; do to_reload[$unit]=1; done < <(cat "$reload_list" 2> /dev/null)
}

# The active targets that no unit file of the configuration describes are Debian's: they want new units, too.
collect_changes() {
  local unit
  take_over_lists
  for unit in "${active_before[@]}"; do
    if ! is_gone "$old_units/$unit"; then
      classify_unit "$unit"
    elif [ -d "$new_units/$unit.wants" ] || [ -d "$new_units/$unit.requires" ]; then
      case $unit in sysinit.target | basic.target) continue ;; esac
      to_start[$unit]=1
      hidden[$unit]=1
    fi
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
