/**
 * Shell functions that take a deployment back. They run when the supervisor has ended, however it ended: systemd has killed
 * by then whatever it left running, and starts them again should they be killed themselves.
 *
 * What is to be taken back is read from the Pi, not from the record, whose disk may be full.
 */
export const goingBackFunctions = `
# Where the profile points to and what the boot loader starts: as before. \`--set\` would make a generation of its own.
take_back_profile() {
  if [ ! -e "$volatile/installing-$run" ]; then return; fi
  now=$(generation)
  if [ "$previous_generation" -eq 0 ]; then return; fi
  if [ "$now" -ne "$previous_generation" ]; then
    nix-env --profile "$profile" --switch-generation "$previous_generation" &&
      nix-env --profile "$profile" --delete-generations "$now"
  fi
  switch_to "$previous_profile" boot NIXOS_NO_CHECK=1
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

# start_again: what was active before; prints what is not. A unit that is meant to end is left alone.
start_again() {
  while IFS= read -r unit; do
    case $unit in user@* | user-runtime-dir@* | session-* | systemd-* | pulumi-nixos-pi-*) continue ;; esac
    if systemctl is-active --quiet "$unit"; then continue; fi
    about=$(systemctl show -p LoadState -p Type -p FragmentPath "$unit" 2> /dev/null)
    case $about in *Type=oneshot* | *FragmentPath=/run/systemd/transient/*) continue ;; *LoadState=loaded*) ;; *) continue ;; esac
    timeout 60 systemctl start "$unit" < /dev/null >&2 || echo "$unit"
  done < "$folder/units-before"
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

has_address() { ip -o address show 2> /dev/null | grep -qF " $address/"; }

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
  end rebooted-back "$code" "$reason
Going back did not help: $(printf '%s\\n' "$missing" | joined). So the Pi was restarted."
  restart_pi
}

# back: what the record says the supervisor was doing is undone, unless it has ended.
back() {
  exec >> "$folder/log" 2>&1 < /dev/null
  if [ ! -e "$folder/record" ] || [ -e "$volatile/ended-$run" ]; then return; fi
  previous=$(field previous) previous_profile=$(field previousProfile) previous_generation=$(field previousGeneration)
  outcome='' code=$(field code) reason=$(field reason | sed 's/\\\\n/\\n/g')
  if [ -z "$reason" ]; then
    how=\${SERVICE_RESULT:-\${MONITOR_SERVICE_RESULT:-unknown}} status=\${EXIT_STATUS:-\${MONITOR_EXIT_STATUS:-unknown}}
    reason="The supervisor on the Pi was ended while it was $(field phase) ($how, $status)."
  fi
  phase going-back
  take_back_profile
  # While the Pi shuts down no unit can be started; it boots what it booted before.
  if [ "$(systemctl is-system-running)" = stopping ]; then
    end interrupted "$code" "The Pi was shut down in the middle of the deployment."
    return
  fi
  if [ "$goal" = boot ]; then
    end rolled-back "$code" "$reason"
    return
  fi
  take_back_system
  show_to_be_back
}
`;
