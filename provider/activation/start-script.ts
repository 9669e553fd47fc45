import { lastLine } from './supervisor-script.ts';
import { deploymentUnit, stateDirectory } from './record-script.ts';

/**
 * Starts the supervisor that comes on standard input: `sh -c <this and followScript> start RUN USER DESCRIPTION STOP MAX`, as
 * root. May be run again for the same run. Prints `held <who>` where another deployment is under way, `unfit <why>` where
 * it could not be started.
 *
 * The deployment's unit is detached from this connection (no --pipe), so that what was started is finished. Its script is a
 * file: nothing that systemd would expand. systemd runs `back` when `forward` has ended, however that was, and again
 * where the first was killed. What hangs is killed at once; no time is to be lost by asking.
 */
export const startScript = `
unit=${deploymentUnit}
state=${stateDirectory}
folder=$state/runs/$1

unfit() {
  printf 'unfit %s\\n' "$1"
  exit 0
}

# Whoever has the unit; fails where nobody has.
holder() {
  case $(systemctl show -p ActiveState --value "$unit") in inactive | failed) return 1 ;; esac
  systemctl show -p Description --value "$unit"
}

# A deployment that has told its end may still be on its way out.
wait_for_holder() {
  tries=0
  while held=$(holder); do
    case $held in *"$run"*) return ;; esac
    if [ "$tries" -ge 50 ] || [ ! -e "$state/last/ended" ]; then
      printf 'held %s\\n' "$held"
      exit 0
    fi
    tries=$((tries + 1))
    sleep 0.1
  done
}

save_supervisor() {
  (umask 022 && mkdir -p "$state/runs") && mkdir -p -m 0755 "$folder" || unfit "cannot write to $state"
  (umask 077 && cat > "$folder/.supervisor") && [ "$(tail -n 1 "$folder/.supervisor")" = '${lastLine}' ] ||
    unfit "the supervisor did not arrive whole in $folder"
  (umask 077 && : >> "$folder/log" && : >> "$folder/failed-units") && chown "$user" "$folder/log" "$folder/failed-units"
  chmod 0400 "$folder/log" "$folder/failed-units" && mv -f "$folder/.supervisor" "$folder/supervisor"
}

# The shell and the tools of the generation that runs now, by names that stay when another takes its place.
start_unit() {
  PATH=$(readlink -f /run/current-system)/sw/bin:$PATH
  shell=$(readlink -f "$(command -v sh)")
  systemd-run --collect --no-ask-password --quiet --service-type=exec --unit="$unit" --description="$description" \\
    -E PATH="$PATH" -E LOCALE_ARCHIVE \\
    -p KillSignal=SIGKILL -p TimeoutStopSec="$stop_seconds" -p RuntimeMaxSec="$max_seconds" \\
    -p OOMPolicy=continue -p OOMScoreAdjust=-500 -p IgnoreOnIsolate=yes \\
    -p ExecStopPost="-$shell $folder/supervisor back" -p ExecStopPost="-$shell $folder/supervisor back" \\
    -- "$shell" "$folder/supervisor" forward < /dev/null
}

run=$1 user=$2 description="$3 since $(date -u '+%F %T') UTC (run $1)" stop_seconds=$4 max_seconds=$5
if [ ! -e "$folder/record" ]; then
  wait_for_holder
  if ! holder > /dev/null; then
    save_supervisor
    said=$(start_unit 2>&1) || { wait_for_holder; holder > /dev/null || unfit "$said"; }
  fi
fi
`;

/**
 * Follows a run to its end: `sh -c <this> follow RUN`, as the login, since root may ask for another password by then. Prints
 * the log's lines, as `log …`, the phase it is in, as `phase …`, and at the end the record and the
 * failed units; `unknown` where there is no such run. A run without an end whose unit is gone is not waited for.
 */
export const followScript = `
follow() {
  folder=${stateDirectory}/runs/$1
  if [ ! -e "$folder" ]; then
    echo unknown
    return
  fi
  log=$folder/log
  if [ ! -r "$log" ]; then log=/dev/null; fi
  exec 3< "$log"
  part='' looks=0 gone=0 phase='' told=''
  while :; do
    ended=no
    if [ -e "$folder/ended" ]; then ended=yes; fi
    while IFS= read -r line <&3; do
      line=$part$line part=''
      case $line in
        "[$1] phase "*) phase=\${line##* } ;;
        "[$1] "*) ;;
        *) printf 'log %s\\n' "$line" ;;
      esac
    done
    part=$part$line
    if [ "$ended" = yes ] || [ "$gone" -ge 2 ]; then break; fi
    # A log that is another login's by now.
    if [ "$log" = /dev/null ]; then phase=$(sed -n 's/^phase=//p' "$folder/record" 2> /dev/null); fi
    if [ "$phase" != "$told" ]; then
      told=$phase
      printf 'phase %s\\n' "$phase"
    fi
    looks=$((looks + 1))
    if [ $((looks % 20)) -eq 0 ]; then
      case $(systemctl show -p ActiveState --value ${deploymentUnit}) in
        inactive | failed) gone=$((gone + 1)) ;;
        *) gone=0 ;;
      esac
    fi
    sleep 0.1
  done
  if [ ! -e "$folder/record" ]; then
    echo unknown
    return
  fi
  sed 's/^/record /' "$folder/record"
  cat "$folder/failed-units" 2> /dev/null
  echo followed
}
follow "$1"
`;

/** Confirms a run: `sh -c <this> confirm RUN`, as root, over a connection made after the activation. */
export const confirmScript = `
folder=${stateDirectory}/runs/$1
if grep -qx 'phase=confirming' "$folder/record" 2> /dev/null; then : > "/run/pulumi-nixos-pi/confirmed-$1"; else echo late; fi
`;

/** Tells a run not to wait for a confirmation: `sh -c <this> decline RUN WHY`, as root. */
export const declineScript = `
if [ -d /run/pulumi-nixos-pi ]; then printf '%s\\n' "$2" > "/run/pulumi-nixos-pi/declined-$1"; fi
`;
