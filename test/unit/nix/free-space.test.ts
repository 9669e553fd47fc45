import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type FreeSpace, freeSpaceProblem, parseFreeSpace } from '../../../provider/nix/free-space.ts';

const MB = 1e6;
const reserve = 32 * 1024 ** 2;

const oneCard = (freeBytes: number): FreeSpace => {
  const room = { device: '/dev/mmcblk0p2', mountPoint: '/', freeBytes };
  return { store: { ...room, mountPoint: '/nix/store' }, boot: room };
};
const ownBoot = (store: number, boot: number): FreeSpace => ({
  store: { device: '/dev/mmcblk0p2', mountPoint: '/nix/store', freeBytes: store },
  boot: { device: '/dev/mmcblk0p1', mountPoint: '/boot', freeBytes: boot },
});

describe('a system', () => {
  test.each<[string, { bytes: number; bootBytes: number }, FreeSpace, RegExp | undefined]>([
    ['that takes nothing fits on a full card', { bytes: 0, bootBytes: 0 }, oneCard(0), undefined],
    ['that fits, with the reserve', { bytes: 100 * MB, bootBytes: 0 }, oneCard(105 * MB + reserve), undefined],
    [
      'that fits, but for the reserve',
      { bytes: 100 * MB, bootBytes: 0 },
      oneCard(105 * MB + reserve - 1000),
      /the file system of \/nix\/store and \/boot has 139 MB free, so 1 kB are lacking/,
    ],
    [
      'whose kernel goes to the same card counts twice there',
      { bytes: 100 * MB, bootBytes: 60 * MB },
      oneCard(105 * MB + reserve),
      /4 store paths with 100 MB and kernel, initrd and device trees with 60 MB are to be written, with 34 MB that stay free, .* so 60 MB are lacking/,
    ],
    ['whose kernel goes elsewhere', { bytes: 100 * MB, bootBytes: 60 * MB }, ownBoot(200 * MB, 60 * MB), undefined],
    [
      'whose kernel does not fit into a /boot of its own',
      { bytes: 0, bootBytes: 60 * MB },
      ownBoot(200 * MB, 50 * MB),
      /\/boot has 50 MB free, so 10 MB are lacking\. Nothing that runs or boots was changed\.[^]*Old generations hold their kernels in \/boot/,
    ],
    [
      'that does not fit into the store beside a large /boot',
      { bytes: 300 * MB, bootBytes: 0 },
      ownBoot(200 * MB, 900 * MB),
      /the file system of \/nix\/store has 200 MB free[^]*keepGenerations/,
    ],
  ])('%s', (_name, needed, free, problem) => {
    const found = freeSpaceProblem('kitchen', { paths: 4, ...needed }, free);
    if (problem === undefined) expect(found).toBeUndefined();
    else expect(`${found?.what ?? ''}\n${found?.remedy ?? ''}`).toMatch(problem);
  });

  test('never fits where more would have to be written than is free', () => {
    const size = fc.integer({ min: 0, max: 4e9 });
    fc.assert(
      fc.property(size, size, size, (bytes, bootBytes, free) => {
        const problem = freeSpaceProblem('kitchen', { paths: 1, bytes, bootBytes }, oneCard(free));
        if (bytes + bootBytes > free) expect(problem).toBeDefined();
      }),
    );
  });
});

describe('what df prints', () => {
  const heading = 'Filesystem        1-blocks       Used  Available Capacity Mounted on\n';

  test('of one file system', () => {
    const text = `${heading}/dev/mmcblk0p2 15600000000 3900000000 11000000000      27% /nix/store\n/dev/mmcblk0p2 15600000000 3900000000 11000000000      27% /\n`;
    expect(parseFreeSpace(text)).toEqual(oneCard(11e9));
  });

  test('of two, one of them with a space in its name', () => {
    const text = `${heading}my pool/nix 1000 400 600 40% /nix/store\n/dev/mmcblk0p1 500 400 100 80% /boot\n`;
    expect(parseFreeSpace(text)).toEqual({
      store: { device: 'my pool/nix', mountPoint: '/nix/store', freeBytes: 600 },
      boot: { device: '/dev/mmcblk0p1', mountPoint: '/boot', freeBytes: 100 },
    });
  });

  test('without a /boot', () => {
    const text = `${heading}/dev/mmcblk0p2 1000 400 600 40% /nix/store\n`;
    expect(parseFreeSpace(text)?.boot).toEqual({ device: '/dev/mmcblk0p2', mountPoint: '/nix/store', freeBytes: 600 });
  });

  test('of a file system that is more than full', () => {
    expect(parseFreeSpace('/dev/mmcblk0p2 1000 1040 -40 104% /nix/store')?.store.freeBytes).toBe(0);
  });

  test('of nothing', () => {
    expect(parseFreeSpace(heading)).toBeUndefined();
    expect(parseFreeSpace('df: not found')).toBeUndefined();
  });
});
