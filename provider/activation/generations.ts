import { type Elevation, runAsRoot } from '../ssh/elevate.ts';
import type { SshConnection } from '../ssh/connection.ts';
import { asDeploymentUnit } from './deployment-unit.ts';
import { systemProfile } from '../values/pi-paths.ts';
import { isStorePath } from '../values/store-path.ts';

/** One generation of the system profile. */
export interface Generation {
  readonly number: number;
  readonly storePath: string;
}
const collectionUnit = 'pulumi-nixos-pi-garbage-collection.service';

const listScript = `
for link in ${systemProfile}-*-link; do
  [ -L "$link" ] && echo "$link $(readlink -f "$link")"
done
:`;

/** The generations of the system profile, oldest first. */
export async function listGenerations(connection: SshConnection): Promise<Generation[]> {
  const { stdout } = await connection.run(['/bin/sh', '-c', listScript]);
  return parseGenerations(stdout);
}

/** The generations in lines such as `/nix/var/nix/profiles/system-7-link /nix/store/…`, oldest first. */
export function parseGenerations(text: string): Generation[] {
  return text
    .split('\n')
    .flatMap((line) => {
      const [, number, storePath = ''] = /\/system-(\d+)-link (\S+)$/.exec(line) ?? [];
      return number !== undefined && isStorePath(storePath) ? [{ number: Number(number), storePath }] : [];
    })
    .sort((a, b) => a.number - b.number);
}

/**
 * Which generations go when so many are kept: the oldest, but never one whose system is still needed.
 *
 * @param needed store paths of the booted, the running and the deployed system.
 */
export function generationsToDelete(
  generations: readonly Generation[],
  keep: number,
  needed: readonly string[],
): Generation[] {
  const old = generations.toSorted((a, b) => b.number - a.number).slice(keep);
  return old.filter(({ storePath }) => !needed.includes(storePath)).toSorted((a, b) => a.number - b.number);
}

/**
 * Deletes generations, takes them out of the boot menu, and lets the Pi collect the garbage in its own time.
 *
 * The boot menu is written again because its entries, and with them the kernels in /boot, come from the generations. It runs
 * as the unit that deployments run as, so that never both are at work.
 *
 * @param deployed what the profile has to be still; else nothing is done.
 * @param deployer told to whoever finds the Pi busy.
 */
export async function deleteGenerations(
  connection: SshConnection,
  elevation: Elevation,
  generations: readonly Generation[],
  deployed: string,
  deployer: string,
): Promise<void> {
  const numbers = generations.map(({ number }) => String(number));
  const command = ['/bin/sh', '-c', deleteScript, 'delete-generations', deployed, ...numbers];
  const argv = asDeploymentUnit(`${deployer}, deleting old generations,`, command);
  await runAsRoot(connection, elevation, argv, { timeoutSeconds: 300 });
}

/**
 * Waits until the Pi has collected the garbage that `deleteGenerations` left.
 *
 * @throws CommandTimeoutError when that takes longer; the Pi goes on with it.
 */
export async function garbageCollected(connection: SshConnection, timeoutSeconds: number): Promise<void> {
  const script = `while systemctl --quiet is-active ${collectionUnit}; do sleep 0.5; done`;
  await connection.run(['/bin/sh', '-c', script], { timeoutSeconds });
}

const deleteScript = `
set -e
deployed=$1
shift
[ "$(readlink -f ${systemProfile})" = "$deployed" ] || exit 0
nix-env --profile ${systemProfile} --delete-generations "$@"
NIXOS_INSTALL_BOOTLOADER=0 "$deployed/bin/switch-to-configuration" boot
collect=${collectionUnit}
systemctl --quiet is-active "$collect" ||
  systemd-run --quiet --collect --unit="$collect" -p Nice=19 -p IOSchedulingClass=idle -E PATH nix-store --gc
`;
