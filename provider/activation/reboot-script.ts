import { shellQuote } from '../process/quote.ts';
import {
  afterBootDirectory,
  afterBootUnit,
  disarmFunction,
  endOfScript,
  settingsFunction,
  unitDirectory,
  wantedBy,
} from './after-boot-script.ts';
import { refusedCode } from './deployment-unit.ts';
import { gcRootsDirectory, stateDirectory, systemProfile, volatileDirectory } from '../values/pi-paths.ts';

/**
 * Prints why a reboot into a system cannot be watched over, and nothing where it can: `sh -c <this> why SYSTEM`. Needs no root; the system may
 * be missing.
 *
 * /etc may be an overlay (system.etc.overlay: nixos/modules/system/etc/etc-activation.nix): read-only, or with its changes in
 * /.rw-etc; a system with one has a link `etc-metadata-image`. Or all of / may be in memory.
 */
export const whyUnprotectedScript = `
kind() { stat -f -c %T "$1" 2> /dev/null; }
in_memory() { case $(kind "$1") in tmpfs | ramfs) return 0 ;; *) return 1 ;; esac; }
overlay=no new_overlay=no
case $(kind /etc) in overlay*) overlay=yes ;; esac
if [ -e "$1/etc-metadata-image" ]; then new_overlay=yes; fi
kept=/etc
if [ "$overlay" = yes ]; then kept=/.rw-etc; fi
if in_memory "$kept" || in_memory /var/lib; then echo 'it keeps no changes of /etc or /var/lib over a reboot'
elif [ "$overlay" = yes ] && { [ ! -d /.rw-etc ] || findmnt -n -o OPTIONS -T /etc | grep -qE '(^|,)ro(,|$)'; }; then
  echo 'its /etc is read-only'
elif [ -d "$1" ] && [ "$overlay" != "$new_overlay" ]; then echo 'the new system mounts its /etc in another way'
fi
`;

/** The unit's file. */
export const afterBootUnitFile = `[Unit]
Description=Goes back to the system before unless the reboot is confirmed (pulumi-nixos-pi)
DefaultDependencies=no
IgnoreOnIsolate=yes
RequiresMountsFor=/nix/store /nix/var ${stateDirectory}
Wants=boot.mount systemd-journald-dev-log.socket
After=systemd-remount-fs.service boot.mount systemd-journald-dev-log.socket
Conflicts=shutdown.target
Before=shutdown.target
StartLimitIntervalSec=0

[Service]
Type=exec
Environment=PATH=@path@
ExecStart=@shell@ ${afterBootDirectory}/script
Restart=on-failure
RestartSec=1
KillSignal=SIGKILL
OOMPolicy=continue
OOMScoreAdjust=-500
`;

/**
 * Arms the after-boot supervisor and restarts the Pi: `sh -c <this> reboot BOOT RUN SYSTEM PREVIOUS USER DEPLOYER`, as root, with the script on standard
 * input. Does nothing in another boot than BOOT: it was run before then. Prints `unprotected <why>` where nothing can watch, and
 * `ordered` before the restart. Where something could, but cannot be armed (a full disk, a script that was cut off), nothing is
 * restarted.
 */
export const rebootScript = `
${disarmFunction}
${settingsFunction}
armed_boot=$1 run=$2 new=$3 previous=$4 user=$5 deployer=$6
[ "$(cat /proc/sys/kernel/random/boot_id)" = "$armed_boot" ] || { echo ordered; exit 0; }
profile=$(readlink -f ${systemProfile})
if [ "$profile" != "$new" ]; then
  printf 'its system profile is %s now, no longer %s\\n' "$profile" "$new" >&2
  exit ${String(refusedCode)}
fi
why=$(/bin/sh -c ${shellQuote(whyUnprotectedScript)} why "$new")

arm() {
  PATH=$previous/sw/bin:$(readlink -f /run/current-system)/sw/bin:$PATH
  shell=$(readlink -f "$(command -v sh)")
  folder=${stateDirectory}/runs/$run
  roots=${gcRootsDirectory}
  mkdir -p ${afterBootDirectory} ${unitDirectory} "$folder" "$roots" &&
    (umask 077 && cat > ${afterBootDirectory}/script && : > "$folder/log") &&
    [ "$(tail -n 1 ${afterBootDirectory}/script)" = '${endOfScript}' ] || return 1
  chown "$user" "$folder/log" && chmod 0400 "$folder/log"
  ln -sfn "$new" "$roots/after-boot-new" && ln -sfn "$previous" "$roots/after-boot-previous" || return 1
  ln -sfn "$(readlink -f /run/current-system)" "$roots/after-boot-tools" || return 1
  printf '%s' ${shellQuote(afterBootUnitFile)} | sed "s|@path@|$PATH|; s|@shell@|$shell|" > ${unitDirectory}/${afterBootUnit} || return 1
  for target in ${wantedBy.join(' ')}; do
    mkdir -p "${unitDirectory}/$target.wants" && ln -sfn "../${afterBootUnit}" "${unitDirectory}/$target.wants/${afterBootUnit}" || return 1
  done
  write_settings > ${afterBootDirectory}/settings && sync
}

disarm
if [ -n "$why" ]; then
  printf 'unprotected %s\\n' "$why"
elif ! said=$(arm 2>&1); then
  disarm
  printf 'the after-boot supervisor could not be written: %s\\n' "$said" >&2
  exit ${String(refusedCode)}
fi
sync
echo ordered
# The answer may be lost: systemd ends what would bring it.
systemctl --no-block --job-mode=replace-irreversibly start reboot.target || :
`;

/**
 * Confirms a reboot: `sh -c <this> confirm RUN`, as root, over a new connection. Ends when the Pi has noted it; prints `late` where
 * it goes back, or does not note it.
 */
export const confirmRebootScript = `
armed() { grep -qx "run=$1" ${afterBootDirectory}/settings 2> /dev/null; }
# The answer to an earlier confirmation may have been lost.
kept() { grep -qx outcome=activated "${volatileDirectory}/record-$1" 2> /dev/null; }
if kept "$1"; then exit 0; fi
if ! armed "$1" || [ -e ${afterBootDirectory}/fell-back ]; then echo late; exit 0; fi
(umask 022 && mkdir -p ${volatileDirectory}) && : > "${volatileDirectory}/confirmed-$1"
tries=0
while armed "$1" && [ "$tries" -lt 200 ]; do
  tries=$((tries + 1))
  sleep 0.1
done
if ! kept "$1" && armed "$1"; then echo late; fi
`;
