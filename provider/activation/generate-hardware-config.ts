import { type Elevation, runAsRoot } from '../ssh/elevate.ts';
import type { SshConnection } from '../ssh/connection.ts';

// nixos-generate-config reads the mounts; the firmware partition is noauto, so that it would be left out. What was not mounted
// before is unmounted again, whatever happens.
const script = `
set -eu
firmware=/boot/firmware
mounted=
unmount() { if [ -n "$mounted" ]; then umount "$firmware"; fi; }
trap unmount EXIT
trap 'exit 1' HUP INT TERM
if grep -q "[[:space:]]$firmware[[:space:]]" /etc/fstab && ! mountpoint -q "$firmware"; then
  mkdir -p "$firmware"
  mount "$firmware"
  mounted=yes
fi
nixos-generate-config --show-hardware-config
`;

/** The text of hardware-configuration.nix, as the Pi describes itself, with its firmware partition in it. */
export async function generateHardwareConfig(connection: SshConnection, elevation: Elevation): Promise<string> {
  const { stdout } = await runAsRoot(connection, elevation, ['/bin/sh', '-c', script], { timeoutSeconds: 120 });
  return `${stdout.trimEnd()}\n`;
}
