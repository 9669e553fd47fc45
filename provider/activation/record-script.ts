import { gcRootsDirectory, stateDirectory, systemProfile, volatileDirectory } from '../values/pi-paths.ts';

/** The unit that a deployment runs in. Its name is the lock: systemd has one of it, and none after a power cut. */
export const deploymentUnit = 'pulumi-nixos-pi-deployment.service';

/**
 * The unit, for each run one, that goes back where the deployment's own unit could not: systemd starts it when that has failed.
 * Its file is in /run, so that a power cut takes it away.
 */
export const goingBackUnit = (run: string): string => `pulumi-nixos-pi-going-back@${run}.service`;

/**
 * Prints the state of whichever of both units is under way, the deployment's own before the one that goes back: `underway RUN`, with
 * `*` for any run; `unknown` where systemd does not answer; nothing where none is.
 */
export const underwayFunction = `
underway() {
  states=$(systemctl show -p ActiveState --value ${deploymentUnit} "${goingBackUnit('$1')}" 2> /dev/null) || states=unknown
  for each in $states; do
    case $each in inactive | failed) ;; *) echo "$each"; return ;; esac
  done
}
`;

/** Waits before the next look, the longer the more there have been in vain: `nap LOOKS`. Each wait is a process, and the Pi has other work. */
export const napFunction = `
nap() {
  if [ "$1" -le 2 ]; then sleep 0.05; elif [ "$1" -le 15 ]; then sleep 0.1; else sleep 0.2; fi
}
`;

/**
 * Shell functions that keep the record of a run; needs `$run`, and PATH with coreutils, sed and grep.
 *
 * The record is kept in /run, and from the first change of the Pi on also in the state's directory: replaced as a whole and
 * synced, so that after a power cut it is the old or the new one.
 */
export const recordFunctions = `
state=${stateDirectory}
volatile=${volatileDirectory}
profile=${systemProfile}
roots=${gcRootsDirectory}
folder=$state/runs/$run
read -r boot_id < /proc/sys/kernel/random/boot_id

# the_time: sets $now, which record and history hold; not for each phase, since a look at the clock is a process.
the_time() { now=$(date +%s); }

# lead NAME: where a link leads, in $path; as \`readlink -f\` says, but for a folder without a process. Goes to /.
lead() {
  if cd -P "$1" 2> /dev/null; then path=$PWD; else path=$(readlink -f "$1"); fi
  cd /
}

uptime_now() {
  read -r up idle < /proc/uptime
  up=\${up%%.*}
}

# generation: number of the system profile's generation; 0 where there is none.
generation() {
  link=$(readlink "$profile" 2> /dev/null)
  link=\${link##*/}
  link=\${link#system-}
  link=\${link%-link}
  case $link in '' | *[!0-9]*) echo 0 ;; *) echo "$link" ;; esac
}

one_line() { printf '%s' "$1" | tail -c 4000 | sed -z 's/\\\\/\\\\\\\\/g; s/\\n/\\\\n/g'; }

# field NAME: a value of the record.
field() {
  record=$volatile/record-$run
  if [ ! -e "$record" ]; then record=$folder/record; fi
  if [ ! -r "$record" ]; then return; fi
  # The reason, which is last, may end with half a character. For its other half bash's read takes the line's end, and fails as at the end of a file.
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in "$1="*) printf '%s\\n' "\${line#*=}"; return ;; esac
  done < "$record"
}

record_text() {
  told=''
  if [ -n "$reason" ]; then told=$(one_line "$reason"); fi
  # All at once: it fails as a whole where the disk is full.
  printf '%s\\n' "run=$run" "storePath=$new" "previous=$previous" \\
    "previousProfile=$previous_profile" "previousGeneration=$previous_generation" \\
    "goal=$goal" "phase=$phase" "outcome=$outcome" "code=$code" "bootId=$boot_id" "time=$now" \\
    "deployer=$deployer" "reason=$told"
}

# A follower may look at any time: it finds the old record or the new one.
note() { record_text > "$volatile/.record" && mv -f "$volatile/.record" "$volatile/record-$run"; }

write_record() { note && keep_record; }

keep_record() {
  record_text > "$folder/.record" && sync "$folder/.record" &&
    mv -f "$folder/.record" "$folder/record" && sync "$folder"
}

# append_history OUTCOME RUN GOAL PATH PREVIOUS DEPLOYER
append_history() {
  {
    tail -n 99 "$state/history" 2> /dev/null
    printf '%s\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\n' "$now" "$@"
  } > "$state/.history" && sync "$state/.history" && mv -f "$state/.history" "$state/history" && sync "$state"
}

# What a power cut ended is told in the history by the run after it.
close_interrupted() {
  before=$(readlink "$state/last" 2> /dev/null)
  before=\${before##*/}
  if [ -z "$before" ] || [ "$before" = "$run" ] || [ ! -e "$state/last/record" ]; then return; fi
  this=$run run=$before folder=$state/last
  if [ -z "$(field outcome)" ]; then
    append_history interrupted "$before" "$(field goal)" "$(field storePath)" "$(field previous)" "$(field deployer)"
  fi
  run=$this folder=$state/runs/$this
}

# phase NAME: a line like this in the log is what a follower goes by. That the Pi waits is told before it is on the disk: then a
# power cut leaves how far it came, and the deployer has begun to confirm.
phase() {
  phase=$1
  case $1 in starting | checking | confirming) note ;; *) write_record ;; esac
  noted=$?
  printf '[%s] phase %s\\n' "$run" "$1"
  if [ "$1" = confirming ]; then keep_record; fi
  return "$noted"
}

# prune_runs: keeps the last five, but only once there are more than ten, since it takes some processes.
prune_runs() {
  set -- "$state"/runs/*
  if [ "$#" -le 10 ]; then return; fi
  ls -1t "$state/runs" | tail -n +6 | while IFS= read -r old; do
    if [ "$old" != "$run" ] && [ "runs/$old" != "$(readlink "$state/last")" ]; then rm -rf "$state/runs/$old"; fi
  done
}

# restart_pi: asks systemd itself, since logind may be gone or held back by an inhibitor; at last without asking anyone to stop.
restart_pi() {
  sync
  tries=0
  while [ "$tries" -lt 3 ]; do
    systemctl --no-block --job-mode=replace-irreversibly start reboot.target
    sleep 5
    if [ "$(systemctl is-system-running)" = stopping ]; then return; fi
    tries=$((tries + 1))
  done
  systemctl --force reboot
}

# end OUTCOME CODE REASON: what the run came to; the last word on it.
end() {
  outcome=$1 code=$2 reason=$3 phase=ended
  the_time
  write_record
  append_history "$outcome" "$run" "$goal" "$new" "$previous" "$deployer"
  finish
}

# The mark comes before the others go: an end that is cut off here is not taken back. From here on the profile's generations
# keep what is to be kept, also from what was copied.
finish() {
  : > "$volatile/ended-$run"
  set --
  # What could not be taken back may be what boots.
  if [ "$(field outcome)" != failed ]; then
    set -- "$roots/new-$run" "$roots/previous-$run"
    if [ "$(readlink "$roots/incoming")" = "$new" ]; then set -- "$@" "$roots/incoming"; fi
  fi
  rm -f "$@" "$volatile/activating-$run" "$volatile/installing-$run" "$volatile/confirmed-$run"
  prune_runs
  printf '[%s] ended\\n' "$run"
  : > "$folder/ended"
}
`;

/** Without what would begin another line or field of the record. */
export function oneLine(text: string): string {
  // \p{Cc}: control characters, line ends and tabs among them.
  return text.replaceAll(/\p{Cc}+/gu, ' ').trim();
}
