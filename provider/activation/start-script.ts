import { afterBootDirectory, afterBootUnit } from './after-boot-script.ts';
import { stateDirectory, volatileDirectory } from '../values/pi-paths.ts';
import { deploymentUnit, goingBackUnit, napFunction, underwayFunction } from './record-script.ts';
import { endOfSupervisor } from './supervisor-script.ts';

/**
 * Starts the supervisor that comes on standard input: `sh -c <this and followScript> start RUN USER DESCRIPTION STOP MAX`, as
 * root. DESCRIPTION, the unit's, has to contain RUN: by that a run is recognised when it is started once more. Prints `held <who>`
 * where another deployment is under way, `unfit <why>` where it could not be started.
 *
 * The deployment's unit is detached from this connection (no --pipe), so that what was started is finished. Its script is a
 * file: nothing that systemd would expand. systemd runs `back` when `forward` has ended, however that was, and once more in a
 * unit of its own where that failed: some kernels (seen: 6.18) kill all that is started in a control group after
 * `systemctl kill --signal=KILL`, also ExecStopPost=. What hangs is killed at once; no time is to be lost by asking.
 */
export const startScript = `
${underwayFunction}
unit=${deploymentUnit}
state=${stateDirectory}
folder=$state/runs/$1

unfit() {
  printf 'unfit %s\\n' "$1"
  exit 0
}

# not_started TEXT: what systemd said when it did not start the unit; while the Pi shuts down that is said instead.
not_started() {
  if [ "$(systemctl is-system-running)" = stopping ]; then unfit 'the Pi is shutting down'; fi
  unfit "$1"
}

# Whoever deploys, or goes back; fails where nobody does.
holder() {
  if [ -z "$(underway '*')" ]; then return 1; fi
  case $(systemctl show -p ActiveState --value "$unit") in
    inactive | failed)
      # It may have ended in between.
      if [ -z "$(underway '*')" ]; then return 1; fi
      sed -n 's/^deployer=\\(.*\\)/\\1, whose deployment is being taken back/p' "$state/last/record"
      sed -n 's/^run=\\(.*\\)/(run \\1)/p' "$state/last/record"
      ;;
    *) systemctl show -p Description --value "$unit" ;;
  esac
}

# A deployment that has told its end may still be on its way out.
wait_for_holder() {
  tries=0
  while held=$(holder); do
    case $held in *"$run"*) return ;; esac
    if [ "$tries" -ge 50 ] || [ ! -e "$state/last/ended" ]; then
      printf 'held %s\\n' "$(printf '%s' "$held" | tr '\\n' ' ')"
      exit 0
    fi
    tries=$((tries + 1))
    sleep 0.1
  done
}

# A reboot that waits to be confirmed is under way.
heed_reboot() {
  if [ ! -e ${afterBootDirectory}/settings ] || ! systemctl is-active --quiet ${afterBootUnit}; then return; fi
  printf 'held %s, whose reboot into %s waits to be confirmed\\n' \\
    "$(sed -n 's/^deployer=//p' ${afterBootDirectory}/settings)" "$(sed -n 's/^storePath=//p' ${afterBootDirectory}/settings)"
  exit 0
}

# The mode 0700 is that of the last folder alone; those above it are every login's to read.
# Who starts a run once more may do so at the same time: the one before, whose connection was lost, may still be on its way.
save_supervisor() {
  arriving=$folder/.supervisor.$$
  (umask 022 && mkdir -p -m 0700 "$folder/login") || unfit "cannot write to $state"
  (umask 077 && cat > "$arriving" && : >> "$folder/log" && : >> "$folder/failed-units") &&
    [ "$(tail -n 1 "$arriving")" = '${endOfSupervisor}' ] ||
    unfit "the supervisor did not arrive whole in $folder"
  chown "$user" "$folder/login" "$folder/log" "$folder/failed-units"
  chmod 0400 "$folder/log" "$folder/failed-units" && mv -f "$arriving" "$folder/supervisor"
}

# systemd starts it when the deployment's unit has failed and nothing of that unit could go back any more.
write_going_back_unit() {
  if [ ! -d /run/systemd/system ]; then mkdir -p /run/systemd/system || return; fi
  printf '%s\\n' "[Unit]" "Description=Taking back the deployment (run %i)" "StartLimitIntervalSec=0" \\
    "[Service]" "Type=oneshot" "Environment=PATH=$PATH" "ExecStart=$shell $state/runs/%i/supervisor back" \\
    "TimeoutStartSec=$stop_seconds" "OOMPolicy=continue" "OOMScoreAdjust=-500" > "/run/systemd/system/${goingBackUnit('')}"
}

# The shell and the tools of the generation that runs now, by names that stay when another takes its place.
start_unit() {
  cd -P /run/current-system 2> /dev/null && PATH=$PWD/sw/bin:$PATH
  cd /
  shell=$(readlink -f "$(command -v sh)")
  write_going_back_unit || return 1
  systemd-run --collect --no-ask-password --quiet --service-type=exec --unit="$unit" --description="$description" \\
    -E PATH="$PATH" -E LOCALE_ARCHIVE \\
    -p KillSignal=SIGKILL -p TimeoutStopSec="$stop_seconds" -p RuntimeMaxSec="$max_seconds" \\
    -p OOMPolicy=continue -p OOMScoreAdjust=-500 -p IgnoreOnIsolate=yes \\
    -p ExecStopPost="-$shell $folder/supervisor back" -p OnFailure="${goingBackUnit('$run')}" \\
    -- "$shell" "$folder/supervisor" forward < /dev/null
}

run=$1 user=$2 description=$3 stop_seconds=$4 max_seconds=$5
if [ ! -e "$folder/record" ] && [ ! -e "${volatileDirectory}/record-$run" ]; then
  wait_for_holder
  heed_reboot
  if [ -z "$held" ]; then
    save_supervisor
    said=$(start_unit 2>&1) || { wait_for_holder; [ -n "$held" ] || not_started "$said"; }
  fi
fi
`;

/**
 * Follows a run to its end: `sh -c <this> follow RUN`, as the login, since root may ask for another password by then. Prints
 * the log's lines, as `log …`, the phase it is in, as `phase …`, and at the end the record and the
 * failed units; `unknown` where there is no such run. A run without an end whose unit is gone is not waited for.
 */
export const followScript = `
${underwayFunction}
${napFunction}
# Where a line ends with half a character, bash's read takes the line's end for its other half, and the next line for the same one. In this
# locale there are only bytes.
LC_ALL=C
follow() {
  folder=${stateDirectory}/runs/$1
  if [ ! -e "$folder" ]; then
    echo unknown
    return
  fi
  log=$folder/log
  if [ ! -r "$log" ]; then log=/dev/null; fi
  exec 3< "$log"
  part='' idle=0 looks=0 gone=0 phase='' told=''
  while :; do
    ended=no
    if [ -e "$folder/ended" ]; then ended=yes; fi
    while IFS= read -r line <&3; do
      line=$part$line part='' idle=0
      case $line in
        "[$1] phase "*) phase=\${line##* } ;;
        "[$1] "*) ;;
        *) printf 'log %s\\n' "$line" ;;
      esac
    done
    part=$part$line
    if [ "$ended" = yes ] || [ "$gone" -ge 2 ]; then break; fi
    # A log that is another login's by now.
    if [ "$log" = /dev/null ]; then phase=$(sed -n 's/^phase=//p' "${volatileDirectory}/record-$1" 2> /dev/null); fi
    if [ "$phase" != "$told" ]; then
      told=$phase
      printf 'phase %s\\n' "$phase"
    fi
    # systemd is asked at every twentieth look: that is a process.
    looks=$((looks + 1))
    if [ "$looks" -ge 20 ]; then
      looks=0
      if [ -n "$(underway "$1")" ]; then gone=0; else gone=$((gone + 1)); fi
    fi
    idle=$((idle + 1))
    nap "$idle"
  done
  record=${volatileDirectory}/record-$1
  if [ ! -e "$record" ]; then record=$folder/record; fi
  if [ ! -e "$record" ]; then
    echo unknown
    return
  fi
  while IFS= read -r line; do printf 'record %s\\n' "$line"; done < "$record"
  if [ -s "$folder/failed-units" ]; then cat "$folder/failed-units"; fi
  echo followed
}
follow "$1"
`;

/** Confirms a run: `sh -c <this> confirm RUN`, as root, over a connection made after the activation. */
export const confirmScript = `
if grep -qx 'phase=confirming' "${volatileDirectory}/record-$1" 2> /dev/null; then : > "${volatileDirectory}/confirmed-$1"; else echo late; fi
`;

/**
 * Tells a run not to wait for a confirmation: `sh -c <this> decline RUN`, as the login that started it, since what keeps it
 * from confirming may be that it cannot become root any more.
 */
export const declineScript = `
: > "${stateDirectory}/runs/$1/login/declined"
`;
