import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { stableNames } from '../../../../commands/cards/candidates.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'names-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** The names that are chosen, without the folder of this test, of what a desktop has below /dev/disk. */
async function chosen(names: Readonly<Record<string, string>>): Promise<string[]> {
  for (const kind of ['by-id', 'by-path']) await mkdir(join(folder, kind), { recursive: true });
  for (const [name, device] of Object.entries(names)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, device), '');
    await symlink(join(folder, device), join(folder, name));
  }
  const found = await stableNames([join(folder, 'by-id'), join(folder, 'by-path')]);
  return found.map((name) => name.slice(folder.length + 1));
}

const reader = 'pci-0000:00:14.0-usb-0:3:1.0-scsi-0:0:0:0';

test('a disk has one name, by what it is, and its partitions have none', async () => {
  const names = {
    'by-id/usb-Reader-0:0': 'sdb',
    'by-id/usb-Reader-0:0-part1': 'sdb1',
    'by-id/wwn-0x5002': 'sda',
    'by-id/ata-Disk': 'sda',
    [`by-path/${reader}`]: 'sdb',
    [`by-path/${reader}-part1`]: 'sdb1',
    'by-path/pci-0000:00:1f.2-ata-1': 'sdc',
  };
  expect(await chosen(names)).toEqual(['by-id/ata-Disk', 'by-id/usb-Reader-0:0', 'by-path/pci-0000:00:1f.2-ata-1']);
});

test('the folders that newer systemd has for the partitions of a disk are no disks', async () => {
  const names = {
    'by-id/usb-Reader-0:0': 'sdb',
    [`by-path/${reader}`]: 'sdb',
    [`by-path/${reader}-part/by-partnum/1`]: 'sdb1',
    [`by-path/${reader}-part/by-label/NIXOS_SD`]: 'sdb2',
  };
  expect(await chosen(names)).toEqual(['by-id/usb-Reader-0:0']);
});

test('a card in a built-in slot is named after the slot where that has a name: the next card has another of its own', async () => {
  const names = {
    'by-id/mmc-SC32G_0x1a2b': 'mmcblk0',
    'by-path/pci-0000:02:00.0-platform-rtsx_pci_sdmmc.0': 'mmcblk0',
    'by-id/mmc-SC64G_0x3c4d': 'mmcblk1',
  };
  expect(await chosen(names)).toEqual(['by-id/mmc-SC64G_0x3c4d', 'by-path/pci-0000:02:00.0-platform-rtsx_pci_sdmmc.0']);
});
