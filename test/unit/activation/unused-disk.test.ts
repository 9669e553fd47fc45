import { expect, test } from '@jest/globals';
import { growCommands, parseUnusedDisk } from '../../../provider/activation/unused-disk.ts';

const ungrown = {
  disk: '/dev/mmcblk1',
  diskBytes: 31_914_983_424,
  partition: '/dev/mmcblk1p2',
  number: 2,
  fileSystemBytes: 2_900_000_000,
};

test.each([
  ['a file system as the image brought it', 'mmcblk1 31914983424 mmcblk1p2 2 39845888 2900000000\n', ungrown],
  [
    'one as large as the card, but for its own tables',
    'mmcblk1 31914983424 mmcblk1p2 2 39845888 31300000000\n',
    undefined,
  ],
  ['no partition', '', undefined],
  ['something else', 'cd: no such file\n', undefined],
])('%s', (_name, text, unused) => {
  expect(parseUnusedDisk(text)).toEqual(unused);
});

test('the commands can be pasted', () => {
  expect(growCommands(ungrown)).toBe(
    'echo ,+, | sudo sfdisk --no-reread -N2 /dev/mmcblk1 && sudo partx -u /dev/mmcblk1 && sudo resize2fs /dev/mmcblk1p2',
  );
});
