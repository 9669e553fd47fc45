import { readdir, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';

const folders = ['/dev/disk/by-id', '/dev/disk/by-path'];

/**
 * A stable name for each whole disk that has one: what is plugged in where, in the order of their names.
 *
 * @param from folders of such names, the preferred ones first.
 */
export async function stableNames(from: readonly string[] = folders): Promise<string[]> {
  const names = (await Promise.all(from.map(namesIn))).flat();
  const byDevice = Map.groupBy(names, ({ device }) => device);
  return [...byDevice].map(([device, found]) => preferred(device, found)).sort();
}

interface Name {
  readonly name: string;
  readonly device: string;
}

/** The first, but of a built-in card slot the slot's own: by-id is the card's there, and the next card has another. */
function preferred(device: string, names: readonly Name[]): string {
  const bySlot = device.startsWith('mmcblk') ? names.find(({ name }) => name.includes('/by-path/')) : undefined;
  return (bySlot ?? names[0])?.name ?? device;
}

async function namesIn(folder: string): Promise<Name[]> {
  const files = await readdir(folder, { withFileTypes: true }).catch(() => []);
  // Newer systemd has folders among them, of a disk's partitions by number, label and UUID.
  const links = files.filter((file) => file.isSymbolicLink()).map(({ name }) => name);
  const whole = links.filter((file) => !/-part\d+$/.test(file)).sort(readableFirst);
  return Promise.all(whole.map(async (file) => ({ name: join(folder, file), device: await deviceOf(folder, file) })));
}

async function deviceOf(folder: string, file: string): Promise<string> {
  return basename(await realpath(join(folder, file)).catch(() => file));
}

/** A disk has several names; numbers that stand for a maker say nothing to a person. */
function readableFirst(a: string, b: string): number {
  const isNumber = (name: string): number => Number(/^(wwn|nvme-eui|nvme-nvme|dm-uuid|lvm-pv-uuid|md-uuid)/.test(name));
  return isNumber(a) - isNumber(b) || a.localeCompare(b);
}
