import { expect, test } from '@jest/globals';
import { factsOf } from '../../../card-writer/device-facts.ts';
import type { DeviceReadings, LsblkRow } from '../../../card-writer/device-readings.ts';
import { type WantedDevice, whyNotErase } from '../../../card-writer/device-verdict.ts';

// What `lsblk --json --bytes` and /sys say, on machines as people have them.

const usb = '/sys/devices/pci0000:00/0000:00:14.0/usb1/1-3/1-3:1.0/host4/target4:0:0/4:0:0:0/block';
const ata = '/sys/devices/pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block';
const slot = '/sys/devices/pci0000:00/0000:02:00.0/rtsx_pci_sdmmc.0/mmc_host/mmc0/mmc0:aaaa/block';
const soldered = '/sys/devices/platform/fe340000.mmc/mmc_host/mmc1/mmc1:0001/block';
const nvme = '/sys/devices/pci0000:00/0000:00:0e.0/nvme/nvme0';
const virtual = '/sys/devices/virtual/block';

const gigabytes = (count: number): number => count * 1_000_000_000;

type Row = Partial<Omit<LsblkRow, 'children'>> & { readonly children?: readonly LsblkRow[] };

function row(kname: string, more: Row = {}): LsblkRow {
  return { kname, 'maj:min': '8:16', type: 'disk', ro: false, size: gigabytes(32), mountpoints: [null], ...more };
}
const part = (kname: string, more: Row = {}): LsblkRow => row(kname, { type: 'part', ...more });
const at = (...mountpoints: string[]): Row => ({ mountpoints });

interface Situation extends Partial<Omit<DeviceReadings, 'row' | 'system'>> {
  /** The folder that the device has in /sys. */
  readonly in?: string;
  readonly row?: LsblkRow;
  readonly declared?: Partial<WantedDevice>;
}

function verdictOn({ in: folder = usb, row: told = row('sdb'), declared = {}, ...readings }: Situation): string[] {
  const path = '/dev/disk/by-id/card';
  const facts = factsOf({ path, system: `${folder}/${told.kname}`, row: told, loops: [], attributes: {}, ...readings });
  return whyNotErase(facts, { allow: [], maximumSizeBytes: gigabytes(300), ...declared });
}

const card = row('sdb', { children: [part('sdb1', { fstype: 'vfat' }), part('sdb2', { fstype: 'ext4' })] });
const mmc = { 'device/type': 'SD', 'device/name': 'SC32G', 'device/serial': '0x1a2b' };

test.each<[string, Situation]>([
  ['a card in a USB reader', { row: card }],
  ['a blank card', { row: row('sdb') }],
  ['a card with one empty FAT, as it is sold', { row: row('sdb', { children: [part('sdb1', { fstype: 'exfat' })] }) }],
  ['a card in a slot of the machine', { in: slot, row: row('mmcblk0'), attributes: mmc }],
  ['a second slot of one reader', { row: row('sdc', { serial: '000000000820' }) }],
  ['a USB stick', { row: row('sdb', { model: 'DataTraveler 3.0', serial: 'E0D55' }) }],
  ['a card behind a hub', { in: usb.replace('1-3/1-3:1.0', '1-3/1-3.4/1-3.4:1.0') }],
  ['a partition table of a Mac on it', { row: row('sdb', { children: [part('sdb1', { fstype: 'hfsplus' })] }) }],
  ['LUKS on it that nobody opened: data, for its owner to give up', { row: row('sdb', { fstype: 'crypto_LUKS' }) }],
  ['a volume of LVM that is not active', { row: row('sdb', { children: [part('sdb1', { fstype: 'LVM2_member' })] }) }],
  ['a part of a RAID that is not assembled', { row: row('sdb', { fstype: 'linux_raid_member' }) }],
  // An imported pool shows nowhere here: opening the device for oneself alone is what it makes fail.
  [
    'a part of a ZFS pool, as far as this tells',
    { row: row('sdb', { children: [part('sdb1', { fstype: 'zfs_member' })] }) },
  ],
  ['eMMC whose kind is named', { in: soldered, row: row('mmcblk1'), declared: { allow: ['emmc'] } }],
  ['an NVMe disk whose kind is named', { in: nvme, row: row('nvme0n1'), declared: { allow: ['nvme'] } }],
  ['a loop device whose kind is named', { in: virtual, row: row('loop3'), declared: { allow: ['loop'] } }],
  [
    'a large card whose size is allowed',
    { row: row('sdb', { size: gigabytes(1024) }), declared: { maximumSizeBytes: gigabytes(1100) } },
  ],
  [
    'the serial number and size that were declared',
    { row: row('sdb', { serial: ' 1a2b ' }), declared: { serial: '1a2b', expectedSizeBytes: gigabytes(32) } },
  ],
  [
    'a serial number that only /sys tells',
    { in: slot, row: row('mmcblk0'), attributes: mmc, declared: { serial: '0x1a2b' } },
  ],
  ['sectors of 512 bytes', { attributes: { 'queue/logical_block_size': '512' } }],
  ['an image that just fits', { declared: { imageSizeBytes: gigabytes(32) } }],
])('may be erased, as far as the device is concerned: %s', (_situation, situation) => {
  expect(verdictOn(situation)).toEqual([]);
});

const system = /is a disk of this system: it holds /;

test.each<[string, Situation, RegExp]>([
  ['the root file system', { in: ata, row: row('sda', { children: [part('sda2', at('/'))] }) }, system],
  ['the root file system on a USB disk', { row: row('sdb', { children: [part('sdb2', at('/'))] }) }, /it holds \/\.$/],
  [
    'the card that this Pi runs from',
    { in: slot, row: row('mmcblk0', { children: [part('mmcblk0p2', at('/nix/store', '/'))] }), attributes: mmc },
    /holds \/nix\/store, \//,
  ],
  ['/nix on a disk of its own', { row: row('sdb', { children: [part('sdb1', at('/nix'))] }) }, /it holds \/nix\.$/],
  ['/boot on a stick', { row: row('sdb', { children: [part('sdb1', at('/boot'))] }) }, /it holds \/boot\.$/],
  ['/boot/firmware', { row: row('sdb', { children: [part('sdb1', at('/boot/firmware'))] }) }, system],
  ['the EFI partition', { row: row('sdb', { children: [part('sdb1', at('/boot/efi'))] }) }, system],
  ['swap', { row: row('sdb', { children: [part('sdb3', at('[SWAP]'))] }) }, /it holds \[SWAP\]/],
  [
    'subvolumes of btrfs, /home among them',
    { row: row('sdb', { children: [part('sdb1', at('/home', '/data'))] }) },
    /it holds \/home\.$/,
  ],
  [
    '/ on LVM on LUKS',
    {
      row: row('sdb', {
        children: [
          part('sdb2', {
            children: [row('dm-0', { type: 'crypt', children: [row('dm-1', { type: 'lvm', ...at('/') })] })],
          }),
        ],
      }),
    },
    system,
  ],
  [
    '/ on a RAID',
    { row: row('sdb', { children: [part('sdb1', { children: [row('md0', { type: 'raid1', ...at('/') })] })] }) },
    system,
  ],
  [
    'the root disk, its kind named',
    { in: nvme, row: row('nvme0n1', { children: [part('nvme0n1p2', at('/'))] }), declared: { allow: ['nvme'] } },
    system,
  ],
  [
    'mounted by the desktop',
    { row: row('sdb', { children: [part('sdb1', at('/run/media/ada/NIXOS_SD'))] }) },
    /sdb1 is mounted at \/run\/media\/ada\/NIXOS_SD\. Unmount it first/,
  ],
  ['mounted without a partition table', { row: row('sdb', at('/mnt')) }, /sdb is mounted at \/mnt/],
  [
    'mounted through a loop device over it',
    { loops: [row('loop4', { type: 'loop', ...at('/mnt') })] },
    /loop4 is mounted at \/mnt/,
  ],
  [
    'mounted through a partition of a loop device over it',
    { loops: [row('loop4', { children: [part('loop4p1', at('/mnt'))] })] },
    /loop4p1 is mounted at \/mnt/,
  ],
  ['a loop device over it', { loops: [row('loop4', { type: 'loop' })] }, /is in use by loop4\.$/],
  [
    'LUKS that is open',
    { row: row('sdb', { children: [part('sdb1', { children: [row('dm-3', { type: 'crypt' })] })] }) },
    /is in use by dm-3\.$/,
  ],
  [
    'a volume of LVM that is active',
    { row: row('sdb', { children: [row('dm-5', { type: 'lvm' })] }) },
    /in use by dm-5/,
  ],
  ['a RAID that is assembled', { row: row('sdb', { children: [row('md127', { type: 'raid1' })] }) }, /in use by md127/],
  [
    'a path of a multipath device',
    { in: ata, row: row('sda', { children: [row('dm-0', { type: 'mpath' })] }), declared: { allow: ['sata'] } },
    /in use by dm-0/,
  ],
  ['a cache of bcache', { row: row('sdb', { children: [row('bcache0')] }) }, /in use by bcache0/],
  [
    'a partition',
    { row: part('sdb1'), attributes: { partition: '1' } },
    /is a partition \(sdb1\); give the whole device/,
  ],
  [
    'a partition of a slot’s card',
    { in: slot, row: part('mmcblk0p1'), attributes: { partition: '1', ...mmc } },
    /is a partition/,
  ],
  [
    'a disk with large sectors (4Kn)',
    { in: ata, row: row('sda'), declared: { allow: ['sata'] }, attributes: { 'queue/logical_block_size': '4096' } },
    /has sectors of 4096 bytes: it would not boot, .* of 512/,
  ],
  ['a disk inside', { in: ata, row: row('sda') }, /is a SATA or SCSI disk, not a card\..*`allow: \["sata"\]`/],
  [
    'a disk on the network (iSCSI)',
    { in: '/sys/devices/platform/host6/session1/target6:0:0/6:0:0:1/block', row: row('sdd') },
    /SATA or SCSI disk/,
  ],
  ['an NVMe disk', { in: nvme, row: row('nvme0n1') }, /an NVMe disk, not a card/],
  [
    'soldered flash',
    { in: soldered, row: row('mmcblk1'), attributes: { 'device/type': 'MMC' } },
    /built-in flash memory \(eMMC\)/,
  ],
  ['an MMC that does not say what it is', { in: soldered, row: row('mmcblk1') }, /built-in flash memory/],
  [
    'its boot partition',
    { in: soldered, row: row('mmcblk1boot0'), declared: { allow: ['emmc'] } },
    /not a device that a card can be/,
  ],
  [
    'a disk of a virtual machine',
    { in: '/sys/devices/pci0000:00/0000:00:03.0/virtio1/block', row: row('vda') },
    /virtual machine's disk/,
  ],
  ['a loop device', { in: virtual, row: row('loop3') }, /a loop device, not a card/],
  [
    'a device mapper device',
    { in: virtual, row: row('dm-0'), declared: { allow: ['loop'] } },
    /not a device that a card can be/,
  ],
  ['a RAID', { in: virtual, row: row('md0') }, /not a device that a card can be/],
  ['compressed memory', { in: virtual, row: row('zram0') }, /not a device that a card can be/],
  ['a network block device', { in: virtual, row: row('nbd0') }, /not a device that a card can be/],
  ['an optical drive', { row: row('sr0', { type: 'rom' }) }, /not a device that a card can be/],
  ['a floppy', { in: '/sys/devices/platform/floppy.0/block', row: row('fd0') }, /not a device that a card can be/],
  ['the lock switch', { row: row('sdb', { ro: true }) }, /is read-only; look at the lock switch/],
  ['an empty slot', { row: row('sdb', { size: 0 }) }, /There is no card in the reader/],
  ['a USB disk of a terabyte', { row: row('sdb', { size: gigabytes(1000) }) }, /more than the 300000 MB/],
  ['another size than declared', { declared: { expectedSizeBytes: gigabytes(64) } }, /it is another card/],
  [
    'another serial number',
    { row: row('sdb', { serial: '0002' }), declared: { serial: '0001' } },
    /the serial number 0002, not 0001/,
  ],
  ['no serial number, though one is declared', { declared: { serial: '0001' } }, /has no serial number, not 0001/],
  ['too small for the image', { declared: { imageSizeBytes: gigabytes(33) } }, /it is too small/],
])('is refused for one reason: %s', (_situation, situation, reason) => {
  expect(verdictOn(situation)).toEqual([expect.stringMatching(reason)]);
});

test('what is known of a device beside the verdict', () => {
  const attributes = { diskseq: '41', 'queue/write_zeroes_max_bytes': '4194304', 'device/cid': '0353445343333247' };
  const told = row('sdb', { model: ' SD/MMC CRW ', children: [part('sdb2', { fstype: 'ext4', label: 'NIXOS_SD' })] });
  expect(factsOf({ path: '/dev/x', system: `${usb}/sdb`, row: told, loops: [], attributes })).toMatchObject({
    name: 'sdb',
    number: '8:16',
    model: 'SD/MMC CRW',
    serial: '0353445343333247',
    diskSequence: 41,
    writesZeroes: true,
    fileSystems: [{ device: 'sdb2', type: 'ext4', label: 'NIXOS_SD' }],
  });
});

test('what a card says of itself does not command the terminal that shows it', () => {
  const label = '\u001B[2J\u001B]0;photos\u0007NIXOS\n_SD';
  const told = row('sdb', {
    model: 'SD\u001B[31m',
    serial: '\u009B1m',
    children: [part('sdb1', { fstype: 'vfat', label })],
  });
  expect(factsOf({ path: '/dev/x', system: `${usb}/sdb`, row: told, loops: [], attributes: {} })).toMatchObject({
    model: 'SD[31m',
    serial: '1m',
    fileSystems: [{ label: '[2J]0;photosNIXOS_SD' }],
  });
});
