# What switch-to-configuration does to which unit. Read by it; needs $toplevel, $action and active_before.
# Follows pkgs/by-name/sw/switch-to-configuration-ng (src/main.rs): compare_units, handle_modified_unit,
# collect_unit_changes. It compares the texts of units where upstream compares their keys one by one.
start_list=/run/nixos/start-list
restart_list=/run/nixos/restart-list
reload_list=/run/nixos/reload-list
old_units=/etc/systemd/system
new_units=$toplevel/etc/systemd/system

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

only_reload_keys() { grep -E '^(X-Reload-Triggers|ExecReload)='; }
without_reload_keys() { grep -vE '^(X-Reload-Triggers|ExecReload|Description|Documentation)='; }

# Where the files of the units that were active are, by their paths. Asked at once: a process for each would take long.
declare -A real=()

read_real_paths() {
  local files=() found=() index unit
  for unit in "${active_before[@]}"; do files+=("$old_units/$unit" "$new_units/$unit"); done
  mapfile -t found < <(readlink -m -- "${files[@]}")
  for index in "${!files[@]}"; do real[${files[index]}]=${found[index]}; done
}

# A unit is the configuration's when it has the unit's file or drop-ins for it.
is_gone() { [ ! -e "$1" ] && [ ! -d "$1.d" ] || [ "${real[$1]}" = /dev/null ]; }

# The same file, and no drop-ins.
is_same() { [ "${real[$1]}" = "${real[$2]}" ] && [ ! -d "$1.d" ] && [ ! -d "$2.d" ]; }

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
  is_same "$old" "$new" && return
  old_text=$(unit_text "$old")
  new_text=$(unit_text "$new")
  [ "$old_text" = "$new_text" ] && return
  if [ "$(without_reload_keys <<< "$old_text")" = "$(without_reload_keys <<< "$new_text")" ]; then
    [ "$(only_reload_keys <<< "$old_text")" = "$(only_reload_keys <<< "$new_text")" ] && return
    to_reload[$unit]=1
    record "$reload_list" "$unit"
    return
  fi
  classify_modified "$unit" "$new"
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
  read_real_paths
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
