import { RemoteCommandError, type SshConnection } from '../ssh/connection.ts';
import { ProvisioningError } from '../errors.ts';
import { type FreeSpace, freeSpaceScript, parseFreeSpace } from '../nix/free-space.ts';
import { systemProfile } from '../values/pi-paths.ts';
import {
  deployedStorePaths,
  type DeploymentRecord,
  parseDeploymentRecord,
  pendingReboot,
  type PendingReboot,
  recordScript,
} from './deployment-record.ts';
import { defaultBootEntryInit } from './extlinux.ts';

/** What a Pi runs now and what it will boot next. */
export interface RunningSystem {
  /** Store path of the activated system (/run/current-system); empty where this is no NixOS. */
  readonly currentSystem: string;
  /** Store path of the system that was booted. */
  readonly bootedSystem: string;
  /** Store path of the system profile; empty before it is first set. */
  readonly profile: string;
  /** Number of the profile's generation; 0 before it is first set. */
  readonly generation: number;
  /** The running kernel's release, as `uname -r`. */
  readonly kernel: string;
  /** Version of the kernel in the booted system, for example `6.12.30`; empty where its store path tells none. */
  readonly bootedKernelVersion: string;
  /** The Pi's own address, as this connection reached it; empty where sshd does not tell. */
  readonly address: string;
  /** Changes with each boot (/proc/sys/kernel/random/boot_id). */
  readonly bootId: string;
  /** /etc/machine-id: stays with the card. */
  readonly machineId: string;
  /** For example `Raspberry Pi 4 Model B Rev 1.4`; empty where the firmware names none. */
  readonly boardModel: string;
  /** The first boot of a card image has finished its work (nixpkgs' sd-image.nix removes /nix-path-registration then). */
  readonly firstBootFinished: boolean;
  /** `init=` of the boot loader's default entry; empty where the boot loader is not extlinux, so that it cannot be verified. */
  readonly bootInit: string;
  /** The booted kernel, initrd, modules, device trees or kernel parameters are not those of the current system. */
  readonly rebootNeeded: boolean;
  /** What is free on the file systems of /nix/store and /boot; undefined where df does not tell. */
  readonly free: FreeSpace | undefined;
  /** Store paths that deployments made this Pi's, by its own record. */
  readonly deployedStorePaths: readonly string[];
  /** The last deployment, by the Pi's own record; undefined where there was none. */
  readonly lastDeployment: DeploymentRecord | undefined;
  /** A reboot that waits to be confirmed; without that the Pi goes back to the system before. */
  readonly pendingReboot: PendingReboot | undefined;
}

/**
 * Shell functions that look at a Pi with as few processes as can be: it takes a millisecond or five to start one, and a deployment looks
 * three times.
 */
export const lookFunctions = `
# lead NAME: where that leads, in $path; stays there, where it is a folder.
lead() { if cd -P "$1" 2> /dev/null; then path=$PWD; else path=$(readlink -f "$1" 2> /dev/null); fi; }
# first FILE: its first line, in $line.
first() { line=''; { IFS= read -r line < "$1"; } 2> /dev/null; }
# differ SYSTEM OTHER: whether they differ in what only a reboot brings. Parts are the same where they are one file, also by a hard link
# of Nix.
differ() {
  for part in kernel initrd kernel-modules dtbs; do
    if [ -e "$1/$part" ] || [ -e "$2/$part" ]; then [ "$1/$part" -ef "$2/$part" ] || return 0; fi
  done
  first "$1/kernel-params"
  params=$line
  first "$2/kernel-params"
  [ "$params" != "$line" ]
}
`;

// Prints key=value lines, the room as df tells it, and the boot loader's menu. Needs no root; every tool is in NixOS' and Debian's
// default PATH.
const probe = `
field() { printf '%s=%s\\n' "$1" "$2"; }
${lookFunctions}
reboot=false
lead /run/current-system
current=$path
lead /run/booted-system
booted=$path
if [ "$booted" != "$current" ] && differ "$booted" "$current"; then reboot=true; fi
field currentSystem "$current"
field bootedSystem "$booted"
lead ${systemProfile}
field profile "$path"
field profileLink "$(readlink ${systemProfile} 2> /dev/null)"
first /proc/sys/kernel/osrelease
field kernel "$line"
field bootedKernel "$(readlink -f "$booted/kernel" 2> /dev/null)"
field connection "$SSH_CONNECTION"
first /proc/sys/kernel/random/boot_id
field bootId "$line"
first /etc/machine-id
field machineId "$line"
first /sys/firmware/devicetree/base/model
field boardModel "$line"
finished=true
if [ -e /nix-path-registration ]; then finished=false; fi
field firstBootFinished "$finished"
field rebootNeeded "$reboot"
${recordScript}
echo space:
${freeSpaceScript}
echo extlinux:
if [ -e /boot/extlinux/extlinux.conf ]; then cat /boot/extlinux/extlinux.conf 2> /dev/null; fi
exit 0
`;

/**
 * Looks at what a Pi runs. Changes nothing there.
 *
 * @throws UnreachableError when the connection is lost; ProvisioningError when the machine does not run NixOS.
 */
export async function readRunningSystem(connection: SshConnection, timeoutSeconds = 20): Promise<RunningSystem> {
  const argv = ['/bin/sh', '-c', probe];
  const result = await connection.run(argv, { timeoutSeconds });
  const running = parseRunningSystem(result.stdout);
  if (running === undefined) throw new RemoteCommandError(connection.target, argv, result);
  if (running.currentSystem !== '') return running;
  throw new ProvisioningError({
    what: `${connection.target.name} does not run NixOS: it has no /run/current-system.`,
    remedy: 'Flash a NixOS image first, or check the address.',
  });
}

/** The facts in what the probe printed; undefined when it is not the probe's output. */
export function parseRunningSystem(text: string): RunningSystem | undefined {
  const [facts, space, menu] = text.split(/(?<=^|\n)(?:space|extlinux):(?:\n|$)/, 3);
  if (facts === undefined || space === undefined || menu === undefined) return undefined;
  const fields = new Map(
    facts.split('\n').flatMap((line) => {
      const at = line.indexOf('=');
      return at > 0 ? [[line.slice(0, at), line.slice(at + 1)] as const] : [];
    }),
  );
  const field = (name: string) => fields.get(name) ?? '';
  return {
    currentSystem: inStore(field('currentSystem')),
    bootedSystem: field('bootedSystem'),
    profile: inStore(field('profile')),
    generation: Number(/^system-(\d+)-link$/.exec(field('profileLink'))?.[1] ?? 0),
    kernel: field('kernel'),
    bootedKernelVersion: kernelVersion(field('bootedKernel')),
    address: /^\S+ \d+ ([0-9a-fA-F.:]+)(?:%\S+)? \d+$/.exec(field('connection'))?.[1] ?? '',
    bootId: field('bootId'),
    machineId: field('machineId'),
    boardModel: field('boardModel'),
    firstBootFinished: field('firstBootFinished') === 'true',
    bootInit: defaultBootEntryInit(menu) ?? '',
    rebootNeeded: field('rebootNeeded') === 'true',
    free: parseFreeSpace(space),
    deployedStorePaths: deployedStorePaths(facts).map(({ storePath }) => storePath),
    lastDeployment: parseDeploymentRecord(facts),
    pendingReboot: pendingReboot(facts),
  };
}

/** Where a link leads; empty where there is none: what does not exist, `readlink -f` names as it is. */
function inStore(path: string): string {
  return path.startsWith('/nix/store/') ? path : '';
}

/** The version in a kernel's store path, for example of /nix/store/<hash>-linux-6.12.30/Image: it begins at the first digit. */
function kernelVersion(path: string): string {
  return /^\/nix\/store\/[a-z0-9]{32}-[^/]*?-(\d[^/]*)/.exec(path)?.[1] ?? '';
}
