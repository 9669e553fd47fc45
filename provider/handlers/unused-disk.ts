import { growCommands, type StorePartition } from '../activation/store-partition.ts';
import { ProvisioningError } from '../errors.ts';
import type { NoRoomError } from '../nix/room.ts';
import { formatBytes } from '../values/byte-count.ts';

/**
 * An error of too little room, with another remedy where the Pi's card has room that its file system does not use.
 *
 * @param look tells of that room.
 */
export async function withUnusedDisk(
  error: NoRoomError,
  look: () => Promise<StorePartition | undefined>,
): Promise<ProvisioningError> {
  if (!error.inStore) return error;
  const unused = await look().catch((failure: unknown) => {
    if (!(failure instanceof ProvisioningError)) throw failure;
  });
  if (unused === undefined) return error;
  const { fileSystemBytes, disk, diskBytes } = unused;
  return error.withRemedy(
    `The file system of /nix/store has ${formatBytes(fileSystemBytes)} of the ${formatBytes(diskBytes)} of ${disk}: NixOS makes it as large as the card at the first boot, and did not here (\`systemctl status expand-root-partition\` may tell why). On the Pi run \`${growCommands(unused)}\`; then run \`pulumi up\` again.`,
  );
}
