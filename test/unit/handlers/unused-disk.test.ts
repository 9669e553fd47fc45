import { expect, test } from '@jest/globals';
import { ProvisioningError } from '../../../provider/errors.ts';
import { withUnusedDisk } from '../../../provider/handlers/unused-disk.ts';
import { NoRoomError } from '../../../provider/nix/room.ts';

const unused = {
  disk: '/dev/mmcblk1',
  diskBytes: 31_914_983_424,
  partition: '/dev/mmcblk1p2',
  number: 2,
  fileSystemBytes: 2_900_000_000,
};
const full = new NoRoomError({ what: 'kitchen is full.', remedy: 'Delete something.', inStore: true });
const fullBoot = new NoRoomError({ what: 'its /boot is full.', remedy: 'Delete something.', inStore: false });
const silent = new ProvisioningError({ what: 'kitchen did not answer.' });

test('a card that its file system does not use is told, with what uses it', async () => {
  const { problem } = await withUnusedDisk(full, () => Promise.resolve(unused));
  expect(problem.what).toBe('kitchen is full.');
  expect(problem.remedy).toMatch(
    /^The file system of \/nix\/store has 2\.9 GB of the 32 GB of \/dev\/mmcblk1\. .* run on the Pi `echo ,\+, \| sudo sfdisk --no-reread -N2 \/dev\/mmcblk1 && .*`, then `pulumi up` again\. Delete something\.$/,
  );
});

test.each([
  ['all of the card is used', full, () => Promise.resolve(undefined)],
  ['it is a /boot of its own that is full', fullBoot, () => Promise.resolve(unused)],
  ['the Pi does not tell', full, () => Promise.reject(silent)],
])('where %s the error stays', async (_name, error, look) => {
  expect(await withUnusedDisk(error, look)).toBe(error);
});
