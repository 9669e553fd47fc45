import { readFile, readdir, realpath, stat } from 'node:fs/promises';
import { CardError } from './problem.ts';
import { runTool } from './system-tool.ts';

/** What Linux says of a device, as it says it. */
export interface DeviceReadings {
  /** As declared, for example `/dev/disk/by-id/usb-Reader-0:0`. */
  readonly path: string;
  /** The device's real path in /sys, which names the buses that it hangs on. */
  readonly system: string;
  readonly row: LsblkRow;
  /** Loop devices over it, at any depth: they show up as nobody's children. */
  readonly loops: readonly LsblkRow[];
  /** What stands in those of its files in /sys that are there. */
  readonly attributes: Readonly<Partial<Record<DeviceAttribute, string>>>;
}

/** Files below a device's folder in /sys. */
export type DeviceAttribute = (typeof attributes)[number];
const attributes = [
  'diskseq',
  'partition',
  'device/serial',
  'device/cid',
  'device/name',
  'device/type',
  'queue/logical_block_size',
  'queue/write_zeroes_max_bytes',
] as const;

/** A device as `lsblk --json` tells of it, with what is on it. */
export interface LsblkRow {
  readonly kname: string;
  readonly 'maj:min': string;
  readonly type: string;
  readonly ro: boolean;
  readonly size: number;
  readonly model?: string | null;
  readonly serial?: string | null;
  readonly fstype?: string | null;
  readonly label?: string | null;
  readonly mountpoints: readonly (string | null)[];
  readonly children?: readonly LsblkRow[];
}

/**
 * Looks a device up. Opens nothing.
 *
 * @throws CardError when the path is no stable name of a device, leads nowhere, or not to a block device.
 */
export async function readDevice(path: string): Promise<DeviceReadings> {
  const { node, system } = await resolveDevice(path);
  const row = await lsblk(node);
  const ownFile = await attribute(system, 'loop/backing_file');
  if (ownFile !== undefined && (await numberOf(ownFile)) !== undefined)
    throw new CardError({
      what: `${path} is a loop device over another device, ${ownFile}.`,
      remedy: 'Give that device itself, by a stable name.',
    });
  const loops = await loopsOver(row, ownFile);
  const found = await Promise.all(attributes.map(async (name) => [name, await attribute(system, name)] as const));
  return { path, system, row, loops, attributes: Object.fromEntries(found.filter(([, text]) => text !== undefined)) };
}

interface ResolvedDevice {
  /** For example `/dev/sdb`. */
  readonly node: string;
  /** The device's folder in /sys. */
  readonly system: string;
}

/** The names that stay the same. Loop devices have none, and are taken only where their kind is named. */
const stableName = /^\/dev\/(disk\/by-(id|path)\/[A-Za-z0-9_.:@,+=\\-]+|loop\d+)$/;

async function resolveDevice(path: string): Promise<ResolvedDevice> {
  if (!stableName.test(path)) {
    throw new CardError({
      what: `${JSON.stringify(path)} is no stable name of a device: names like /dev/sdb go to another disk after a restart.`,
      remedy: chooseDevice,
    });
  }
  const node = await realpath(path).catch((error: unknown) => {
    throw new CardError(
      { what: `The device ${path} does not exist.`, original: String(error), remedy: chooseDevice },
      { cause: error },
    );
  });
  const facts = await stat(node);
  if (!/^\/dev\/[a-z0-9-]+$/.test(node) || !facts.isBlockDevice()) {
    throw new CardError({ what: `${path} is no block device.`, remedy: chooseDevice });
  }
  return { node, system: await realpath(`/sys/dev/block/${deviceNumber(facts.rdev)}`) };
}

const chooseDevice =
  'Put the card into the reader, look at `ls -l /dev/disk/by-id /dev/disk/by-path` and give the name of the whole card there, ' +
  'for example /dev/disk/by-id/usb-Generic_Card_Reader_000000000001-0:0.';

/** `MAJOR:MINOR` of a device number, in glibc's layout for the numbers that Linux gives to block devices. */
export function deviceNumber(rdev: number): string {
  const major = Math.floor(rdev / 256) % 4096;
  const minor = (rdev % 256) + Math.floor(rdev / 1_048_576) * 256;
  return `${String(major)}:${String(minor)}`;
}

const columns = 'NAME,KNAME,MAJ:MIN,TYPE,RO,SIZE,MODEL,SERIAL,FSTYPE,LABEL,MOUNTPOINTS';

async function lsblk(node: string): Promise<LsblkRow> {
  // Empty ones as well: not every lsblk tells of a reader without a card otherwise.
  const { stdout } = await runTool('lsblk', ['--json', '--bytes', '--all', '--output', columns, node]);
  const [row] = (JSON.parse(stdout) as { blockdevices: LsblkRow[] }).blockdevices;
  if (row === undefined) throw new CardError({ what: `lsblk knows nothing of the device ${node}.` });
  return row;
}

/** A device, and all that lies on it. */
export function withDescendants(row: LsblkRow): LsblkRow[] {
  return [row, ...(row.children ?? []).flatMap(withDescendants)];
}

/**
 * Loop devices over a device, its partitions, or other loop devices over those: they show up as nobody's children, and are
 * found by the file that they say they are made of. `ownFile` is what the device itself is made of, if it is a loop device.
 */
async function loopsOver(row: LsblkRow, ownFile: string | undefined): Promise<LsblkRow[]> {
  const names = (await readdir('/sys/block')).filter((name) => name.startsWith('loop') && name !== row.kname);
  const loops = await Promise.all(
    names.map(async (name) => ({ name, file: await attribute(`/sys/block/${name}`, 'loop/backing_file') })),
  );
  const found: LsblkRow[] = [];
  const covered = new Set([...withDescendants(row).map(({ 'maj:min': number }) => number.trim())]);
  for (let more = true; more;) {
    more = false;
    for (const { name, file } of loops) {
      if (file === undefined || found.some(({ kname }) => kname === name)) continue;
      if (file !== ownFile && !covered.has((await numberOf(file)) ?? '')) continue;
      const loop = await lsblk(`/dev/${name}`);
      found.push(loop);
      for (const { 'maj:min': number } of withDescendants(loop)) covered.add(number.trim());
      more = true;
    }
  }
  return found;
}

async function numberOf(file: string): Promise<string | undefined> {
  const facts = await stat(file).catch(() => undefined);
  return facts?.isBlockDevice() === true ? deviceNumber(facts.rdev) : undefined;
}

/**
 * What the kernel counts a device's media by, now; undefined before Linux 5.15.
 * @param number major and minor, for example `8:16`
 */
export async function readDiskSequence(number: string): Promise<number | undefined> {
  const text = await attribute(`/sys/dev/block/${number}`, 'diskseq');
  return text === undefined ? undefined : Number(text);
}

async function attribute(system: string, file: string): Promise<string | undefined> {
  const text = await readFile(`${system}/${file}`, 'utf8').catch(() => '');
  return text.trim() === '' ? undefined : text.trim();
}
