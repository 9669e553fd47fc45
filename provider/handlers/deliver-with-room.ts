import { NoRoomError } from '../nix/room.ts';

/**
 * Delivers a system, and where it does not fit once more when there is more room.
 *
 * @param makeRoom whether it could.
 * @throws NoRoomError when it does not fit then either; whatever else `deliver` and `makeRoom` throw.
 */
export async function deliverWithRoom(
  deliver: (again: boolean) => Promise<void>,
  makeRoom: () => Promise<boolean>,
): Promise<void> {
  try {
    await deliver(false);
  } catch (error) {
    if (!(error instanceof NoRoomError) || !(await makeRoom())) throw error;
    await deliver(true);
  }
}
