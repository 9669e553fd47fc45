import { growCommands, type UnusedDisk } from '../activation/unused-disk.ts';
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
  look: () => Promise<UnusedDisk | undefined>,
): Promise<ProvisioningError> {
  if (!error.inStore) return error;
  const unused = await look().catch((failure: unknown) => {
    if (!(failure instanceof ProvisioningError)) throw failure;
  });
  if (unused === undefined) return error;
  const { fileSystemBytes, disk, diskBytes } = unused;
  return error.withRemedy(
    `The file system of /nix/store has ${formatBytes(fileSystemBytes)} of the ${formatBytes(diskBytes)} of ${disk}. NixOS' image makes it as large as the card at the first boot; if that failed, and the rest is kept for nothing else, run on the Pi \`${growCommands(unused)}\`, then \`pulumi up\` again. ${error.problem.remedy ?? ''}`.trim(),
  );
}
