import { shellQuote } from '../process/quote.ts';
import { bootLoaderFunctions } from './boot-loader-script.ts';
import { gcRootsDirectory, stateDirectory } from '../values/pi-paths.ts';
import { oneLine, recordFunctions } from './record-script.ts';

/** Where an armed reboot is kept: the after-boot supervisor, what it has to know, how often it was started. */
export const afterBootDirectory = `${stateDirectory}/after-boot`;

/** The unit that watches over the first boot of a new system. */
export const afterBootUnit = 'pulumi-nixos-pi-after-boot.service';

/**
 * A directory of units that belongs to no generation. NixOS' systemd reads it: it is the first entry of the search path that
 * lookup_paths_init() builds (systemd, src/libsystemd/sd-path/path-lookup.c: persistent_control), which nixpkgs' patch leaves
 * in (pkgs/os-specific/linux/systemd/0004-Add-some-NixOS-specific-unit-directories.patch: it removes only /usr and /lib). An
 * activation leaves it alone: setup-etc.pl removes links into /etc/static and files that it has copied itself, and
 * /etc/systemd is a real directory, since environment.etc names entries below it ("systemd/system", "systemd/system.conf").
 * switch-to-configuration compares units of /etc/systemd/system only.
 */
export const unitDirectory = '/etc/systemd/system.control';

/** By sysinit.target in every boot that gets so far; the others take its place where a file system is missing. */
export const wantedBy = ['sysinit.target', 'emergency.target', 'rescue.target'];

/** Shell function that takes everything away that an armed reboot has left. */
export const disarmFunction = `
disarm() {
  for target in ${wantedBy.join(' ')}; do rm -f "${unitDirectory}/$target.wants/${afterBootUnit}"; done
  rm -f ${unitDirectory}/${afterBootUnit} ${gcRootsDirectory}/after-boot-*
  rm -rf ${afterBootDirectory}
  rmdir --ignore-fail-on-non-empty ${unitDirectory}/*.wants ${unitDirectory} 2> /dev/null
  systemctl daemon-reload
  sync
}
`;

/** Shell function that prints what a deployer goes by: which run to confirm, and what it is about. */
export const settingsFunction = `
write_settings() {
  printf 'run=%s\\nstorePath=%s\\nprevious=%s\\nbootId=%s\\ndeployer=%s\\n' "$run" "$new" "$previous" "$armed_boot" "$deployer"
}
`;

/** What the after-boot supervisor has to know. */
export interface AfterBootSettings {
  readonly run: string;
  readonly deployer: string;
  readonly storePath: string;
  readonly previousSystem: string;
  readonly previousGeneration: number;
  /** The boot that is left. */
  readonly bootId: string;
  readonly confirmSeconds: number;
  /** How long the boot itself may take. */
  readonly bootSeconds: number;
}

/** How long the boot loader's program may take, in seconds. */
const secondsToSetUpBoot = 300;

/** Last line of the script: one that a lost connection cut off has none, and is not armed. */
export const endOfScript = '# the end of the after-boot supervisor';

/**
 * The after-boot supervisor: `sh <this>`, in each boot until it has decided. It runs with the old generation's programs.
 * It restarts the Pi to go back, again where the new system booted once more (a power cut on the way), and never without end:
 * after the fifth boot of the new system it only tells.
 */
export function afterBootScript(settings: AfterBootSettings): string {
  const values: [string, string | number][] = [
    ['run', settings.run],
    ['deployer', oneLine(settings.deployer)],
    ['new', settings.storePath],
    ['previous', settings.previousSystem],
    ['previous_profile', settings.previousSystem],
    ['previous_generation', settings.previousGeneration],
    ['goal', 'reboot'],
    ['armed_boot', settings.bootId],
    ['confirm_seconds', Math.ceil(settings.confirmSeconds)],
    ['activation_seconds', secondsToSetUpBoot],
    ['boot_seconds', Math.ceil(settings.bootSeconds)],
  ];
  const assignments = values.map(([name, value]) => `${name}=${shellQuote(String(value))}`).join('\n');
  return `${[assignments, recordFunctions, bootLoaderFunctions, disarmFunction, settingsFunction, watch, endOfScript].join('\n')}\n`;
}

const watch = `
here=${afterBootDirectory}
outcome='' code=0 reason='' phase=''

decide() {
  end "$@"
  disarm
  exit 0
}

take_back_boot() {
  if [ "$previous_generation" -gt 0 ] && [ "$(generation)" -ne "$previous_generation" ]; then
    # Its link may have been deleted meanwhile; the system itself is kept for this.
    nix-env --profile "$profile" --switch-generation "$previous_generation" ||
      nix-env --profile "$profile" --set "$previous" || return
  fi
  set_up_boot "$previous" NIXOS_NO_CHECK=1
}

# fall_back REASON: the mark comes first, so that the next boot knows. Early in a boot something may not be there yet.
fall_back() {
  reason=$1
  printf '%s\\n' "$reason"
  printf '%s\\n' "$reason" > "$here/fell-back" && sync "$here/fell-back" "$here"
  the_time
  phase going-back
  tries=0
  until take_back_boot; do
    tries=$((tries + 1))
    if [ "$tries" -ge 30 ]; then
      decide failed 0 "$reason
What boots next could not be taken back: it is still the new system."
    fi
    sleep 10
  done
  restart_pi
  exit 0
}

# Each boot of the new system counts, whatever ended it.
count_boots() {
  boot=$(cat /proc/sys/kernel/random/boot_id)
  grep -qx "$boot" "$here/boots" 2> /dev/null || echo "$boot" >> "$here/boots"
  sync "$here/boots"
  boots=$(wc -l < "$here/boots")
}

look_at_what_booted() {
  booted=$(readlink -f /run/booted-system)
  if [ "$booted" != "$new" ] && [ -e "$here/fell-back" ]; then decide rebooted-back 0 "$(cat "$here/fell-back")"; fi
  if [ "$booted" != "$new" ]; then decide rolled-back 0 "The Pi booted $booted, not the new system."; fi
  count_boots
  # A power cut may have come before the boot loader's turn.
  if [ -e "$here/fell-back" ] && [ "$boots" -lt 5 ]; then fall_back "$(cat "$here/fell-back")"; fi
  if [ -e "$here/fell-back" ]; then
    decide failed 0 "$(cat "$here/fell-back")
The Pi was to go back, but booted the new system again and again."
  fi
  if [ "$boots" -ge 3 ]; then fall_back 'The new system restarted again and again.'; fi
}

# The time to confirm begins when the system is up, or should be.
await_confirmation() {
  uptime_now
  up_at_latest=$((up + boot_seconds)) deadline=0
  until [ -e "$volatile/confirmed-$run" ]; do
    uptime_now
    if [ "$deadline" -eq 0 ]; then
      case $(systemctl is-system-running) in
        initializing | starting) if [ "$up" -ge "$up_at_latest" ]; then deadline=$((up + confirm_seconds)); fi ;;
        *) deadline=$((up + confirm_seconds)) ;;
      esac
    elif [ "$up" -ge "$deadline" ]; then
      fall_back "nobody reached the Pi over a new connection within $confirm_seconds s after it had restarted"
    fi
    sleep 0.3
  done
}

if [ "$(cat /proc/sys/kernel/random/boot_id)" = "$armed_boot" ]; then exit 0; fi
export HOME=/root
umask 022
mkdir -p "$folder" "$volatile"
cd / && exec >> "$folder/log" 2>&1
ln -sfn "runs/$run" "$state/.last" && mv -fT "$state/.last" "$state/last"
# Decided already: only the clearing up was cut off.
if [ -n "$(field outcome)" ]; then
  disarm
  exit 0
fi
# Arming may have been cut off in its last step, the only one that tells a deployer what to confirm.
[ -e "$here/settings" ] || write_settings > "$here/settings"
look_at_what_booted
the_time
phase confirming
await_confirmation
decide activated 0 ''
`;
