import { describe, expect, test } from '@jest/globals';
import { type DeviceFacts, kindOf } from '../../../provider/card/block-device.ts';
import { type EraseWishes, whyKeep, whyNotErase } from '../../../provider/card/may-be-erased.ts';
import type { CardContent } from '../../../provider/card/card-content.ts';

const reader: DeviceFacts = {
  path: '/dev/disk/by-id/usb-Reader-0:0',
  name: 'sdb',
  kind: 'usb',
  isPartition: false,
  readOnly: false,
  sizeBytes: 32_000_000_000,
  serial: '0001',
  mounts: [],
  holders: [],
};
const nothingSpecial: EraseWishes = { allow: [] };

describe('may this device be erased', () => {
  const yes: [string, Partial<DeviceFacts>, Partial<EraseWishes>][] = [
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
  const no: [string, Partial<DeviceFacts>, Partial<EraseWishes>, RegExp][] = [
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
    ['a mounted card', mounted('/media/card'), {}, /sdb1 is mounted at \/media\/card/],
    ['one with something made of it', { holders: ['dm-0', 'loop5'] }, {}, /is in use by dm-0, loop5/],
    ['an empty slot', { sizeBytes: 0 }, { imageSizeBytes: 1 }, /no card in the reader/],
    ['another serial number', {}, { serial: '0002' }, /the serial number 0001, not 0002/],
    ['no serial number', { serial: undefined }, { serial: '0002' }, /no serial number/],
    ['another size', {}, { expectedSizeBytes: 64_000_000_000 }, /another card/],
    ['too small', {}, { imageSizeBytes: 32_000_000_001 }, /too small/],
  ];
  test.each(no)('no: %s', (_name, facts, wishes, reason) => {
    const reasons = whyNotErase({ ...reader, ...facts }, { ...nothingSpecial, ...wishes });
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toMatch(reason);
    expect(reasons[0]).toContain(reader.path);
  });

  test('all reasons are given at once', () => {
    const reasons = whyNotErase(
      { ...reader, kind: 'sata', readOnly: true, ...mounted('/data') },
      { allow: [], serial: 'x' },
    );
    expect(reasons).toHaveLength(4);
  });
});

describe('may what is on the card be erased', () => {
  const data: CardContent = { kind: 'data', description: '2 partition(s)' };
  test.each<[CardContent, boolean, boolean]>([
    [{ kind: 'blank' }, false, true],
    [{ kind: 'factory' }, false, true],
    [{ kind: 'unfinished', flashId: 'x' }, false, true],
    [data, false, false],
    [data, true, true],
  ])('%j, erase: %s: %s', (content, erase, allowed) => {
    expect(whyKeep('/dev/sdb', content, erase) === undefined).toBe(allowed);
  });

  test('the refusal says what is there and what to write', () => {
    expect(whyKeep('/dev/sdb', data, false)).toMatch(/\/dev\/sdb.*2 partition\(s\).*erase: true/);
  });
});

describe('kind of a device', () => {
  test.each([
    [
      'sdb',
      '/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/host4/target4:0:0/4:0:0:0/block/sdb',
      undefined,
      'usb',
    ],
    ['sda', '/sys/devices/pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block/sda', undefined, 'sata'],
    ['sda', '/sys/devices/pci0000:00/0000:00:05.0/virtio2/host0/target0:0:0/0:0:0:0/block/sda', undefined, 'virtio'],
    ['vda', '/sys/devices/pci0000:00/0000:00:03.0/virtio1/block/vda', undefined, 'virtio'],
    ['nvme0n1', '/sys/devices/pci0000:00/0000:00:0e.0/nvme/nvme0/nvme0n1', undefined, 'nvme'],
    ['mmcblk0', '/sys/devices/pci0000:00/rtsx_pci_sdmmc.0/mmc_host/mmc0/mmc0:aaaa/block/mmcblk0', 'SD', 'mmc'],
    ['mmcblk1', '/sys/devices/platform/fe340000.mmc/mmc_host/mmc1/mmc1:0001/block/mmcblk1', 'MMC', 'emmc'],
    ['mmcblk1', '/sys/devices/platform/fe340000.mmc/mmc_host/mmc1/mmc1:0001/block/mmcblk1', undefined, 'emmc'],
    [
      'mmcblk1boot0',
      '/sys/devices/platform/fe340000.mmc/mmc_host/mmc1/mmc1:0001/block/mmcblk1/mmcblk1boot0',
      'MMC',
      'other',
    ],
    ['loop7', '/sys/devices/virtual/block/loop7', undefined, 'loop'],
    ['dm-0', '/sys/devices/virtual/block/dm-0', undefined, 'other'],
    ['md127', '/sys/devices/virtual/block/md127', undefined, 'other'],
    ['zram0', '/sys/devices/virtual/block/zram0', undefined, 'other'],
    ['sr0', '/sys/devices/pci0000:00/0000:00:14.0/usb1/1-3/host5/target5:0:0/5:0:0:0/block/sr0', undefined, 'other'],
  ])('%s at %s (%s): %s', (name, system, mmcType, kind) => {
    expect(kindOf(name, system, mmcType)).toBe(kind);
  });
});
