/**
 * Shell functions that take a deployment back. They run when the supervisor has ended, however it ended: systemd has killed
 * by then whatever it left running, and starts them again should they be killed themselves.
 *
 * What is to be taken back is read from the Pi, not from the record, whose disk may be full.
 */
export const goingBackFunctions = `
# Where the profile points to: as before. \`--set\` would make a generation of its own, which only a profile that had none gets.
take_back_link() {
  if [ "$previous_generation" -eq 0 ]; then
    previous_profile=$previous
    nix-env --profile "$profile" --set "$previous"
  elif [ "$(generation)" -ne "$previous_generation" ]; then
    # Its link may have been deleted meanwhile; the system itself is kept for this.
    nix-env --profile "$profile" --switch-generation "$previous_generation" ||
      nix-env --profile "$profile" --set "$previous_profile"
  fi
}

# Until what boots is shown to be as before, the new system stays: it may be what boots.
take_back_profile() {
  if [ ! -e "$volatile/installing-$run" ]; then return; fi
  abandoned=$(generation)
  tries=0
  until take_back_link && set_up_boot "$previous_profile" NIXOS_NO_CHECK=1; do
    tries=$((tries + 1))
    if [ "$tries" -ge 5 ]; then return 1; fi
    sleep 2
  done
  if [ "$abandoned" -ne "$(generation)" ] && [ "$(readlink -f "$profile-$abandoned-link")" = "$new" ]; then
    nix-env --profile "$profile" --delete-generations "$abandoned"
  fi
  sync
}

# A switch that someone else began in between may hold the lock for a while.
take_back_system() {
  if [ ! -e "$volatile/activating-$run" ] && [ "$(readlink -f /run/current-system)" = "$previous" ]; then return; fi
  tries=0
  while :; do
    switch_to "$previous" test NIXOS_NO_CHECK=1
    if [ $? -ne 11 ] || [ "$tries" -ge 60 ]; then return; fi
    tries=$((tries + 1))
    sleep 1
  done
}

# to_start: what was active before and can be started. A unit that is meant to end is left alone.
to_start() {
  while IFS= read -r unit; do
    case $unit in user@* | user-runtime-dir@* | session-* | systemd-* | pulumi-nixos-pi-*) continue ;; esac
    if systemctl is-active --quiet "$unit"; then continue; fi
    about=$(systemctl show -p LoadState -p Type -p FragmentPath "$unit" 2> /dev/null)
    case $about in *Type=oneshot* | *FragmentPath=/run/systemd/transient/*) continue ;; *LoadState=loaded*) echo "$unit" ;; esac
  done < "$folder/units-before"
}

# start_again: the way in first, the others side by side; prints what is not active in the end.
start_again() {
  stopped=$(to_start)
  if [ -z "$stopped" ]; then return; fi
  for unit in $(printf '%s\\n' "$stopped" | grep -xFf "$folder/login-units"); do
    timeout 30 systemctl start "$unit" < /dev/null >&2
  done
  systemctl --no-block start $stopped < /dev/null >&2
  uptime_now
  deadline=$((up + 30))
  while [ "$up" -lt "$deadline" ] && [ -n "$(systemctl list-jobs --no-legend $stopped 2> /dev/null)" ]; do
    sleep 0.5
    uptime_now
  done
  for unit in $stopped; do systemctl is-active --quiet "$unit" || echo "$unit"; done
}

# whats_missing: why the Pi cannot be said to be where it was; nothing when it is.
whats_missing() {
  running=$(readlink -f /run/current-system)
  if [ "$running" != "$previous" ]; then echo "it runs $running"; fi
  while IFS= read -r unit; do
    if ! systemctl is-active --quiet "$unit"; then echo "$unit is not active"; fi
  done < "$folder/login-units"
  if [ -e "$folder/address-before" ] && ! has_address; then echo "the address $address is gone"; fi
}

has_address() { case $(ip -o address show 2> /dev/null) in *" $address/"*) ;; *) return 1 ;; esac; }

wait_until_back() {
  uptime_now
  deadline=$((up + 30))
  while :; do
    missing=$(whats_missing)
    uptime_now
    if [ -z "$missing" ] || [ "$up" -ge "$deadline" ]; then return; fi
    sleep 0.5
  done
}

# joined: lines as one.
joined() { paste -s -d , - | sed 's/,/, /g'; }

show_to_be_back() {
  stopped=$(start_again | joined)
  wait_until_back
  if [ -z "$missing" ]; then
    if [ -n "$stopped" ]; then
      reason="$reason
These units were active before and are not now: $stopped"
    fi
    end rolled-back "$code" "$reason"
    return
  fi
  : > "$volatile/restarting-$run"
  end rebooted-back "$code" "$reason
Going back did not help: $(printf '%s\\n' "$missing" | joined). So the Pi was restarted."
  restart_pi
}

# back: what the record says the supervisor was doing is undone, unless it has ended.
back() {
  exec >> "$folder/log" 2>&1 < /dev/null
  the_time
  # The record says that the Pi was restarted: so it is, also where this was cut off before.
  if [ -e "$volatile/restarting-$run" ]; then
    if [ -z "$(field outcome)" ]; then end rebooted-back "$(field code)" "$(field reason)"; fi
    restart_pi
    return
  fi
  if [ ! -e "$volatile/record-$run" ] || [ -e "$volatile/ended-$run" ] || [ -e "$folder/ended" ]; then return; fi
  if [ -n "$(field outcome)" ]; then
    finish
    return
  fi
  previous=$(field previous) previous_profile=$(field previousProfile) previous_generation=$(field previousGeneration)
  outcome='' code=$(field code) reason=$(field reason | sed 's/\\\\n/\\n/g')
  if [ -z "$reason" ]; then
    how=\${SERVICE_RESULT:-\${MONITOR_SERVICE_RESULT:-unknown}} status=\${EXIT_STATUS:-\${MONITOR_EXIT_STATUS:-unknown}}
    reason="The supervisor on the Pi was ended while it was $(field phase) ($how, $status)."
  fi
  phase going-back
  boots_as_before=yes
  take_back_profile || boots_as_before=no
  # While the Pi shuts down no unit can be started; it boots what it booted before.
  if [ "$(systemctl is-system-running)" = stopping ]; then
    end interrupted "$code" "The Pi was shut down in the middle of the deployment."
    return
  fi
  if [ "$goal" != boot ]; then take_back_system; fi
  if [ "$boots_as_before" = no ]; then
    end failed "$code" "$reason
What boots next could not be taken back: it may be the new system."
    return
  fi
  if [ "$goal" = boot ]; then end rolled-back "$code" "$reason"; else show_to_be_back; fi
}
`;
