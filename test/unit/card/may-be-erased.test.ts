import { describe, expect, test } from '@jest/globals';
import type { DeviceFacts } from '../../../card-writer/device-facts.ts';
import { type WantedDevice, isOnlyMounted, whyNotErase } from '../../../card-writer/device-verdict.ts';
import { whyKeep } from '../../../provider/card/erase-consent.ts';
import type { CardContent } from '../../../card-writer/card-content.ts';

const reader: DeviceFacts = {
  path: '/dev/disk/by-id/usb-Reader-0:0',
  name: 'sdb',
  kind: 'usb',
  isPartition: false,
  readOnly: false,
  sizeBytes: 32_000_000_000,
  serial: '0001',
  number: '8:16',
  mounts: [],
  holders: [],
  fileSystems: [],
  writesZeroes: false,
};
const nothingSpecial: WantedDevice = { allow: [], maximumSizeBytes: 300e9 };

describe('may this device be erased', () => {
  const yes: [string, Partial<DeviceFacts>, Partial<WantedDevice>][] = [
    ['a card in a USB reader', {}, {}],
    ['a card in a slot', { kind: 'mmc', name: 'mmcblk0' }, {}],
    ['a loop device that was named', { kind: 'loop', name: 'loop3' }, { allow: ['loop'] }],
    ['eMMC that was named', { kind: 'emmc', name: 'mmcblk1' }, { allow: ['emmc'] }],
    ['NVMe that was named', { kind: 'nvme', name: 'nvme1n1' }, { allow: ['sata', 'nvme'] }],
    ['the right serial and size', {}, { serial: '0001', expectedSizeBytes: 32_000_000_000 }],
    ['an image of exactly its size', {}, { imageSizeBytes: 32_000_000_000 }],
  ];
  test.each(yes)('yes: %s', (_name, facts, wishes) => {
    expect(whyNotErase({ ...reader, ...facts }, { ...nothingSpecial, ...wishes })).toEqual([]);
  });

  const mounted = (mountPoint: string, device = 'sdb1'): Partial<DeviceFacts> => ({ mounts: [{ device, mountPoint }] });
  const no: [string, Partial<DeviceFacts>, Partial<WantedDevice>, RegExp][] = [
    ['a partition', { isPartition: true, name: 'sdb1' }, {}, /is a partition \(sdb1\)/],
    ['a loop device', { kind: 'loop' }, {}, /a loop device, not a card.*allow: \["loop"\]/],
    ['eMMC', { kind: 'emmc' }, {}, /built-in flash/],
    ['NVMe', { kind: 'nvme' }, { allow: ['loop'] }, /NVMe disk/],
    ['SATA', { kind: 'sata' }, {}, /SATA/],
    ['a virtual disk', { kind: 'virtio' }, {}, /virtual machine/],
    [
      'device mapper, md, zram',
      { kind: 'other', name: 'dm-0' },
      { allow: ['loop', 'other'] },
      /not a device that a card can be/,
    ],
    ['read-only', { readOnly: true }, {}, /read-only/],
    ['the root disk', mounted('/'), {}, /disk of this system: it holds \//],
    ['the Nix store', mounted('/nix'), {}, /disk of this system: it holds \/nix/],
    ['the boot partition', mounted('/boot'), {}, /disk of this system/],
    ['swap', mounted('[SWAP]'), {}, /disk of this system: it holds \[SWAP\]/],
    ['the root disk below LUKS', mounted('/', 'dm-1'), {}, /disk of this system/],
    [
      'the root disk, though its kind was named',
      { kind: 'nvme', ...mounted('/') },
      { allow: ['nvme'] },
      /disk of this system/,
    ],
    [
      'a mounted card',
      mounted('/media/card'),
      {},
      /sdb1 is mounted at \/media\/card\. Unmount it first, .*`udisksctl unmount -b \/dev\/sdb1`/,
    ],
    ['one with something made of it', { holders: ['dm-0', 'loop5'] }, {}, /is in use by dm-0, loop5/],
    ['an empty slot', { sizeBytes: 0 }, { imageSizeBytes: 1 }, /no card in the reader/],
    ['another serial number', {}, { serial: '0002' }, /the serial number 0001, not 0002/],
    ['no serial number', { serial: undefined }, { serial: '0002' }, /no serial number/],
    ['another size', {}, { expectedSizeBytes: 64_000_000_000 }, /another card/],
    ['larger than a card', { sizeBytes: 2e12 }, {}, /more than the 300000 MB.*maximumSizeBytes: 2000000000000/],
    ['too small', {}, { imageSizeBytes: 32_000_000_001 }, /too small/],
  ];
  test.each(no)('no: %s', (_name, facts, wishes, reason) => {
    const reasons = whyNotErase({ ...reader, ...facts }, { ...nothingSpecial, ...wishes });
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toMatch(reason);
    expect(reasons[0]).toContain(reader.path);
  });

  test.each<[boolean, string, Partial<DeviceFacts>, Partial<WantedDevice>]>([
    [true, 'mounted by a desktop', mounted('/run/media/ada/NIXOS_SD'), {}],
    [false, 'not mounted', {}, {}],
    [false, 'a disk of this system', mounted('/boot'), {}],
    [false, 'swap', mounted('[SWAP]'), {}],
    [false, 'a disk with homes', mounted('/home/ada'), {}],
    [false, 'mounted at a place that only looks like one of media', mounted('/mntx'), {}],
    [false, 'mounted, and a volume lies on it', { holders: ['dm-3'], ...mounted('/media/card', 'dm-3') }, {}],
    [false, 'mounted, and read-only', { readOnly: true, ...mounted('/media/card') }, {}],
    [false, 'mounted, and a built-in disk', { kind: 'sata', ...mounted('/data') }, {}],
    [false, 'mounted, and another size than declared', mounted('/media/card'), { expectedSizeBytes: 1 }],
    [false, 'mounted, and too small', mounted('/media/card'), { imageSizeBytes: 64e9 }],
  ])('may become erasable by being unmounted: %s, %s', (expected, _name, facts, wishes) => {
    expect(isOnlyMounted({ ...reader, ...facts }, { ...nothingSpecial, ...wishes })).toBe(expected);
  });

  test('all reasons are given at once', () => {
    const reasons = whyNotErase(
      { ...reader, kind: 'sata', readOnly: true, ...mounted('/data') },
      { ...nothingSpecial, serial: 'x' },
    );
    expect(reasons).toHaveLength(4);
  });
});

describe('may what is on the card be erased', () => {
  const fingerprint = '0123456789abcdef';
  const data: CardContent = { kind: 'data', description: '2 partition(s)' };
  test.each<[CardContent, string | undefined, boolean]>([
    [{ kind: 'blank' }, undefined, true],
    [{ kind: 'factory' }, undefined, true],
    [{ kind: 'unfinished', flashId: 'x' }, undefined, true],
    [data, undefined, false],
    [data, 'fedcba9876543210', false],
    [data, fingerprint, true],
  ])('%j, erase: %s: %s', (content, erase, allowed) => {
    expect(whyKeep('/dev/sdb', { content, fingerprint }, erase) === undefined).toBe(allowed);
  });

  test('the refusal says what is there and what to write', () => {
    expect(whyKeep('/dev/sdb', { content: data, fingerprint }, 'f'.repeat(16))).toMatch(
      /\/dev\/sdb.*2 partition\(s\).*names f{16}: that is another card.*erase: "0123456789abcdef"/,
    );
  });
});
