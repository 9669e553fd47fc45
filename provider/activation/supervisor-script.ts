import { shellQuote } from '../process/quote.ts';
import { afterBootDirectory, afterBootUnit, disarmFunction } from './after-boot-script.ts';
import { bootLoaderFunctions } from './boot-loader-script.ts';
import { goingBackFunctions } from './going-back-script.ts';
import { healthCheckFunctions } from './health-check-script.ts';
import { napFunction, oneLine, recordFunctions } from './record-script.ts';

/** What the supervisor on the Pi has to know. */
export interface SupervisorSettings {
  /** Names this deployment; a UUID. */
  readonly run: string;
  readonly deployer: string;
  readonly storePath: string;
  readonly expectedSystem: string;
  readonly goal: 'switch' | 'test' | 'boot';
  /** The login: health checks run as this user. */
  readonly user: string;
  /** The Pi's address that the deployer came in through; empty where it is not known. */
  readonly address: string;
  readonly healthChecks: readonly { readonly command: string; readonly root: boolean }[];
  readonly rollbackOnFailedUnits: boolean;
  readonly activationSeconds: number;
  readonly healthSeconds: number;
  readonly confirmSeconds: number;
}

/** Last line of the script: a script that a lost connection cut off has none, and is not started. */
export const endOfSupervisor = '# the end of the supervisor';

/**
 * The supervisor: `sh <this> forward` in the deployment's unit, and `sh <this> back` when that has ended (ExecStopPost=).
 * Needs the old generation's programs on PATH, since activating replaces what /run/current-system is.
 *
 * The order is the one that a power cut cannot turn into a stranded Pi: first the running system (`test`), and only after the
 * health checks and the confirmation the profile and the boot loader.
 */
export function supervisorScript(settings: SupervisorSettings): string {
  const parts = [
    assignments(settings),
    napFunction,
    recordFunctions,
    bootLoaderFunctions,
    disarmFunction,
    healthCheckFunctions,
    goingBackFunctions,
    forwardFunctions,
    dispatch,
  ];
  return `${parts.join('\n')}\n${endOfSupervisor}\n`;
}

function assignments(settings: SupervisorSettings): string {
  const { healthChecks } = settings;
  const values: [string, string | number][] = [
    ['run', settings.run],
    ['deployer', oneLine(settings.deployer)],
    ['new', settings.storePath],
    ['expected', settings.expectedSystem],
    ['goal', settings.goal],
    ['user', settings.user],
    ['address', settings.address],
    ['rollback_on_failed_units', settings.rollbackOnFailedUnits ? 'yes' : 'no'],
    ['activation_seconds', Math.ceil(settings.activationSeconds)],
    ['health_seconds', Math.ceil(settings.healthSeconds)],
    ['confirm_seconds', Math.ceil(settings.confirmSeconds)],
    ['check_count', healthChecks.length],
    ...healthChecks.flatMap(({ command, root }, index): [string, string][] => [
      [`check_${String(index + 1)}`, command],
      [`check_root_${String(index + 1)}`, root ? 'yes' : 'no'],
    ]),
  ];
  return values.map(([name, value]) => `${name}=${shellQuote(String(value))}`).join('\n');
}

const forwardFunctions = `
# give_up CODE REASON: ends the supervisor; going back is what follows.
give_up() {
  code=$1 reason=$2
  printf '%s\\n' "$reason"
  phase going-back
  exit 1
}

# refuse CODE REASON: nothing was changed.
refuse() {
  printf '%s\\n' "$2"
  end refused "$1" "$2"
  exit 0
}

# runs SYSTEM: whether that is the current one.
runs() {
  lead /run/current-system
  [ "$path" = "$1" ]
}

# unapplied CODE REASON: switch-to-configuration says that it did nothing; that is looked at.
unapplied() {
  if ! runs "$current"; then give_up "$@"; fi
  rm -f "$volatile/activating-$run"
  refuse "$@"
}

# The workstation may know that it will not confirm.
heed_refusal() {
  if [ -e "$folder/login/declined" ]; then give_up 0 'the deployer took it back'; fi
}

# A garbage collection that runs already looks for no more links. What a copy brought or found it knows all the same: by \`incoming\`, which
# is made before the copy, or, where it began even earlier, from Nix at that time (nix/store-access.ts). Of anything else it is told here.
root_new() {
  if [ "$roots/incoming" -ef "$new" ]; then
    ln -s "$new" "$roots/new-$run"
  else
    nix-store --realise "$new" --add-root "$roots/new-$run" > /dev/null
  fi
}

# The previous system runs now, or is the profile's: a garbage collection knows it.
root_both() {
  if [ ! -d "$roots" ]; then mkdir -p "$roots" || return; fi
  for root in "$roots"/new-* "$roots"/previous-*; do
    if [ -h "$root" ]; then rm -f "$root" || return; fi
  done
  ln -s "$previous" "$roots/previous-$run" && root_new && sync "$roots"
}

# A reboot that waits to be confirmed is under way; one that was prepared and never made is not.
settle_reboot() {
  if [ ! -e ${afterBootDirectory}/settings ]; then return; fi
  if systemctl is-active --quiet ${afterBootUnit}; then refuse 0 'a reboot of the Pi waits to be confirmed'; fi
  disarm
}

remember_what_is_active() {
  systemctl list-units --type=service,socket --state=active --plain --no-legend --full | cut -d ' ' -f 1 > "$folder/units-before"
  grep -E '^(sshd|ssh|sshd-unix-local|dropbear)\\.(service|socket)$' "$folder/units-before" > "$folder/login-units"
  if [ -n "$address" ] && has_address; then : > "$folder/address-before"; fi
}

failed_units() {
  {
    sed -n 's/^warning: the following units failed: //p' "$folder/activation" | sed 's/, /\\n/g'
    sed -n -E 's/^Failed to (start|restart|reload) ([^ :]+).*/\\2/p' "$folder/activation"
  } | grep -E '^[^ /]+\\.[a-z]+$' | sort -u
}

report_failed_units() {
  names=$(failed_units)
  for unit in $names; do
    printf 'unit %s\\n' "$unit"
    journalctl -u "$unit" -n 20 -o cat --no-pager 2> /dev/null | sed 's/^/journal /'
  done > "$folder/failed-units"
  failed="units failed: $(printf '%s\\n' "$names" | joined)"
  # Those of a user who is logged in are named, and no more.
  if [ -z "$names" ]; then failed=$(sed -n 's/^warning: the following user units/user units/p' "$folder/activation" | head -n 1); fi
  failed=\${failed:-units failed}
  if [ "$rollback_on_failed_units" = yes ]; then give_up 4 "$failed"; fi
  reason=$failed code=4
}

# begin PHASE: what goes back without the deployer needs a record of where to.
begin() {
  if phase "$1"; then return; fi
  if [ -e "$volatile/activating-$run" ]; then give_up 0 "the record of the deployment could not be written to $folder"; fi
  refuse 0 "the record of the deployment could not be written to $folder: is the Pi's disk full?"
}

# What switch-to-configuration's exit codes mean: nixpkgs, pkgs/by-name/sw/switch-to-configuration-ng/src/main.rs. Some stand
# for several endings, told apart by what it printed; 4 (units failed) hides 2 (the activation script failed).
activate() {
  begin activating
  : > "$volatile/activating-$run"
  switch_to "$new" test
  code=$?
  # What it printed stands in the log after the phase.
  if [ "$code" -ne 0 ]; then sed "1,/^\\[$run\\] phase activating$/d" "$folder/log" > "$folder/activation"; fi
  said() { grep -q "$1" "$folder/activation"; }
  case $code in
    0) ;;
    1) if said '^Pre-switch check'; then unapplied 1 'a pre-switch check refused to switch the running system'; fi ;;
    4) if said '^Failed to run activate script'; then code=2; else report_failed_units; fi ;;
    11) if said '^Could not acquire lock'; then unapplied 11 'another switch-to-configuration is running on the Pi'; fi ;;
    100) unapplied 100 'the new system can only be started by a reboot' ;;
    124 | 137) give_up "$code" "the activation did not end within $activation_seconds s" ;;
  esac
  case $code in
    0 | 4) ;;
    2) give_up 2 'the activation script failed' ;;
    *) give_up "$code" "switch-to-configuration ended with exit code $code" ;;
  esac
  # A script that a damaged card has emptied ends with 0 too.
  if ! runs "$new"; then give_up "$code" "it was to be activated, but does not run"; fi
}

await_confirmation() {
  phase confirming
  uptime_now
  deadline=$((up + confirm_seconds)) looks=0
  until [ -e "$volatile/confirmed-$run" ]; do
    heed_refusal
    uptime_now
    if [ "$up" -ge "$deadline" ]; then
      give_up 0 "nobody reached the Pi over a new connection within $confirm_seconds s after the activation"
    fi
    looks=$((looks + 1))
    nap "$looks"
  done
}

install_system() {
  begin installing
  : > "$volatile/installing-$run"
  nix-env --profile "$profile" --set "$new" || give_up $? "nix-env could not set the system profile"
  set_up_boot "$new" || give_up $? "the boot loader could not be set up"
}

forward() {
  exec >> "$folder/log" 2>&1 < /dev/null
  if [ ! -d "$volatile" ]; then mkdir -p "$volatile"; fi
  rm -f "$volatile"/*-*
  (umask 077 && : > "$folder/activation" && : > "$folder/check-output")
  the_time
  lead /run/current-system
  current=$path
  lead "$profile"
  previous_generation=$(generation) previous_profile=$path
  # A system that runs already, left unconfirmed by an earlier deployment, is no place to go back to.
  previous=$current
  if [ "$current" = "$new" ] && [ -x "$previous_profile/bin/switch-to-configuration" ]; then previous=$previous_profile; fi
  outcome='' code=0 reason=''
  close_interrupted
  phase starting
  ln -sfn "runs/$run" "$state/.last" && mv -fT "$state/.last" "$state/last"
  if [ "$current" != "$expected" ]; then refuse 0 "the Pi runs $current now, no longer $expected"; fi
  if [ ! -e "$new" ]; then refuse 0 "$new is not on the Pi"; fi
  if [ ! -x "$new/bin/switch-to-configuration" ]; then refuse 127 "$new has no bin/switch-to-configuration"; fi
  settle_reboot
  root_both || refuse 0 'the new system could not be protected from garbage collection'
  remember_what_is_active
  case $goal in
    switch) activate; check_health; await_confirmation; install_system; end activated "$code" "$reason" ;;
    test) activate; check_health; await_confirmation; end tested "$code" "$reason" ;;
    boot) install_system; end installed 0 '' ;;
  esac
}
`;

const dispatch = `
export HOME=/root
umask 022
cd /
case $1 in forward) forward ;; back) back ;; esac
`;
