import { describe, expect, test } from '@jest/globals';
import { namesakeIn } from '../../../provider/card/namesakes.ts';

const disk = (name: string, more: object = {}) => ({ name, label: null, ptuuid: null, ...more });
const listed = (...blockdevices: object[]) => ({ blockdevices });

describe('a disk of this machine that has the names of a NixOS card', () => {
  test.each([
    ['a partition with its label', disk('sda', { children: [disk('sda1', { label: 'NIXOS_SD' })] }), '/dev/sda1'],
    ['a disk with its id', disk('mmcblk0', { ptuuid: '2178694e' }), '/dev/mmcblk0'],
    [
      'a volume on a partition',
      disk('sda', { children: [disk('sda1', { children: [disk('vg-root', { label: 'NIXOS_SD' })] })] }),
      '/dev/vg-root',
    ],
  ])('%s is warned of', (_what, other, name) => {
    expect(namesakeIn(listed(disk('sdb'), other), 'sdb')).toContain(name);
  });

  test.each([
    ['the card itself', listed(disk('sdb', { ptuuid: '2178694e', children: [disk('sdb2', { label: 'NIXOS_SD' })] }))],
    ['other names', listed(disk('sda', { label: 'data', ptuuid: 'd94a6c7e' }))],
    ['an lsblk that does not know them', listed({ name: 'sda' })],
    ['something else', []],
  ])('%s is not', (_what, text) => {
    expect(namesakeIn(text, 'sdb')).toBeUndefined();
  });
});
