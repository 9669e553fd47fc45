import { type Elevation, runAsRoot } from '../ssh/elevate.ts';
import type { SshConnection } from '../ssh/connection.ts';

// nixos-generate-config reads the mounts; the firmware partition is noauto, so that it would be left out. It is mounted in a
// mount namespace of its own, which ends with the script whatever happens: nothing stays mounted, and nobody else sees it.
const script = `
set -eu
firmware=/boot/firmware
if grep -q "[[:space:]]$firmware[[:space:]]" /etc/fstab && ! mountpoint -q "$firmware"; then
  mkdir -p "$firmware"
  mount "$firmware"
fi
nixos-generate-config --show-hardware-config
`;

/** The text of hardware-configuration.nix, as the Pi describes itself, with its firmware partition in it. */
export async function generateHardwareConfig(connection: SshConnection, elevation: Elevation): Promise<string> {
  const argv = ['unshare', '--mount', '/bin/sh', '-c', script];
  const { stdout } = await runAsRoot(connection, elevation, argv, { timeoutSeconds: 120 });
  return `${stdout.trimEnd()}\n`;
}
