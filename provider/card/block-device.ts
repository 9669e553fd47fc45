import { readFile, readdir, realpath, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import { ProvisioningError, messageOf } from '../errors.ts';
import { runTool } from './system-tool.ts';

/** How a device is attached; what a person would call it. `other` is everything that is surely no card. */
export type DeviceKind = 'usb' | 'mmc' | 'emmc' | 'nvme' | 'sata' | 'virtio' | 'loop' | 'other';

/** What Linux says of a block device. Plain data: what may be done with it is decided elsewhere. */
export interface DeviceFacts {
  /** As declared, for example `/dev/disk/by-id/usb-Reader-0:0`. */
  readonly path: string;
  /** The kernel's name, for example `sdb`. */
  readonly name: string;
  readonly kind: DeviceKind;
  readonly isPartition: boolean;
  readonly readOnly: boolean;
  /** 0 for a reader without a card. */
  readonly sizeBytes: number;
  readonly model?: string;
  readonly serial?: string;
  /** Counted by the kernel each time a medium or device appears: another number is another card. Linux 5.15 and newer. */
  readonly diskSequence?: number;
  /** Where it, its partitions, and whatever is stacked on them are mounted; `[SWAP]` for swap. */
  readonly mounts: readonly { readonly device: string; readonly mountPoint: string }[];
  /** Kernel names of what is stacked on it: device mapper, md, and loop devices over it. */
  readonly holders: readonly string[];
}

/**
 * Looks a device up. Opens nothing.
 *
 * @throws ProvisioningError when the path is not absolute under /dev, leads nowhere, or not to a block device.
 */
export async function readDeviceFacts(path: string): Promise<DeviceFacts> {
  const { node, system } = await resolveDevice(path);
  const name = basename(system);
  const isPartition = (await attribute(system, 'partition')) !== undefined;
  const row = await lsblk(node);
  const loopFile = await attribute(system, 'loop/backing_file');
  const diskSequence = await attribute(system, 'diskseq');
  const serial =
    clean(row.serial) ?? (await attribute(system, 'device/serial')) ?? (await attribute(system, 'device/cid'));
  const model = clean(row.model) ?? (await attribute(system, 'device/name'));
  return {
    path,
    name,
    kind: kindOf(name, system, await attribute(system, 'device/type')),
    isPartition,
    readOnly: row.ro,
    sizeBytes: row.size,
    ...(model !== undefined && { model }),
    ...(serial !== undefined && { serial }),
    ...(diskSequence !== undefined && { diskSequence: Number(diskSequence) }),
    mounts: mountsOf(row),
    holders: [
      ...stackedOn(row),
      ...(await loopsOver(name, [node, `/dev/${name}`, path, ...(loopFile ? [loopFile] : [])])),
    ],
  };
}

async function resolveDevice(path: string): Promise<{ node: string; system: string }> {
  if (!/^\/dev\/[\x21-\x7e]+$/.test(path) || path.split('/').includes('..')) {
    throw new ProvisioningError({ what: `${JSON.stringify(path)} is no path of a device.`, remedy: chooseDevice });
  }
  const node = await realpath(path).catch((error: unknown) => {
    throw new ProvisioningError(
      { what: `The device ${path} does not exist.`, original: messageOf(error), remedy: chooseDevice },
      { cause: error },
    );
  });
  const facts = await stat(node);
  if (!node.startsWith('/dev/') || !facts.isBlockDevice()) {
    throw new ProvisioningError({ what: `${path} is no block device.`, remedy: chooseDevice });
  }
  // glibc's layout of a device number, for the numbers that Linux gives to block devices.
  const major = Math.floor(facts.rdev / 256) % 4096;
  const minor = (facts.rdev % 256) + Math.floor(facts.rdev / 1_048_576) * 256;
  return { node, system: await realpath(`/sys/dev/block/${String(major)}:${String(minor)}`) };
}

const chooseDevice =
  'Put the card into the reader, look at `ls -l /dev/disk/by-id` and give the name of the whole card there, ' +
  'for example /dev/disk/by-id/usb-Generic_Card_Reader_000000000001-0:0.';

/** `system` is the device's real path in /sys, which names the buses that it hangs on. */
export function kindOf(name: string, system: string, mmcType: string | undefined): DeviceKind {
  if (/^loop\d+$/.test(name)) return 'loop';
  if (/^nvme\d+n\d+/.test(name)) return 'nvme';
  if (/^mmcblk\d+(p\d+)?$/.test(name)) return mmcType === 'SD' ? 'mmc' : 'emmc';
  if (/^vd[a-z]+/.test(name)) return 'virtio';
  if (!/^sd[a-z]+/.test(name)) return 'other';
  if (/\/usb\d+\//.test(system)) return 'usb';
  return system.includes('/virtio') ? 'virtio' : 'sata';
}

const columns = 'NAME,KNAME,TYPE,RO,SIZE,MODEL,SERIAL,MOUNTPOINTS';

const lsblkRow = z.object({
  kname: z.string(),
  type: z.string(),
  ro: z.boolean(),
  size: z.number(),
  model: z.string().nullish(),
  serial: z.string().nullish(),
  mountpoints: z.array(z.string().nullable()),
  get children() {
    return z.array(lsblkRow).optional();
  },
});

type LsblkRow = z.infer<typeof lsblkRow>;

async function lsblk(node: string): Promise<LsblkRow> {
  const { stdout } = await runTool('lsblk', ['--json', '--bytes', '--output', columns, node]);
  const [row] = z.object({ blockdevices: z.array(lsblkRow) }).parse(JSON.parse(stdout)).blockdevices;
  if (row === undefined) throw new ProvisioningError({ what: `lsblk knows nothing of the device ${node}.` });
  return row;
}

function withDescendants(row: LsblkRow): LsblkRow[] {
  return [row, ...(row.children ?? []).flatMap(withDescendants)];
}

function mountsOf(row: LsblkRow): DeviceFacts['mounts'] {
  return withDescendants(row).flatMap(({ kname, mountpoints }) =>
    mountpoints.filter((mountPoint) => mountPoint !== null).map((mountPoint) => ({ device: kname, mountPoint })),
  );
}

function stackedOn(row: LsblkRow): string[] {
  return withDescendants(row)
    .slice(1)
    .filter(({ type }) => type !== 'part')
    .map(({ kname }) => kname);
}

/** Loop devices over a device show up as nobody's children; they are found by the file they say they are made of. */
async function loopsOver(name: string, files: readonly string[]): Promise<string[]> {
  const loops = (await readdir('/sys/block')).filter((other) => other.startsWith('loop') && other !== name);
  const backing = await Promise.all(loops.map((loop) => attribute(`/sys/block/${loop}`, 'loop/backing_file')));
  return loops.filter((_, index) => files.includes(backing[index] ?? ''));
}

async function attribute(system: string, file: string): Promise<string | undefined> {
  return clean(await readFile(`${system}/${file}`, 'utf8').catch(() => undefined));
}

function clean(text: string | null | undefined): string | undefined {
  const trimmed = text?.trim();
  return trimmed === '' ? undefined : trimmed;
}
