import { expect, test } from '@jest/globals';
import { isNeeded } from '../../../provider/nix/damaged-paths.ts';

test.each([
  [
    "error: Cannot delete path '/nix/store/x' since it is still alive. To find out why, use: nix-store --query --roots",
    true,
  ],
  ['error: Cannot delete some of the given paths because they are still alive.', true],
  ["error: Cannot delete path '/nix/store/x' because it's referenced by the GC root '/nix/var/nix/profiles/y'.", true],
  ["error: Cannot delete path '/nix/store/x' because it's in use by '{nix-process:42}'.", true],
  ["error: path '/nix/store/x' is not valid", false],
])('%s', (said, needed) => {
  expect(isNeeded.test(said)).toBe(needed);
});
