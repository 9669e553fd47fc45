import { basename } from 'node:path';
import { type DeviceReadings, type LsblkRow, readDevice, withDescendants } from './device-readings.ts';

/** How a device is attached; what a person would call it. `other` is everything that is surely no card. */
export type DeviceKind = 'usb' | 'mmc' | 'emmc' | 'nvme' | 'sata' | 'virtio' | 'loop' | 'other';

/** What Linux says of a block device. Plain data: what may be done with it is decided elsewhere. */
export interface DeviceFacts {
  /** As declared, for example `/dev/disk/by-id/usb-Reader-0:0`. */
  readonly path: string;
  /** The kernel's name, for example `sdb`. */
  readonly name: string;
  /** Major and minor number, for example `8:16`. */
  readonly number: string;
  readonly kind: DeviceKind;
  readonly isPartition: boolean;
  readonly readOnly: boolean;
  /** In bytes; 0 for a reader without a card. */
  readonly sizeBytes: number;
  /** Of its sectors, in bytes: the unit of a partition table on it. */
  readonly logicalBlockBytes?: number;
  readonly model?: string;
  readonly serial?: string;
  /** Counted by the kernel each time a medium or device appears: another number is another card. Linux 5.15 and newer. */
  readonly diskSequence?: number;
  /** Where it, its partitions, and whatever is stacked on them are mounted; `[SWAP]` for swap. */
  readonly mounts: readonly { readonly device: string; readonly mountPoint: string }[];
  /** Kernel names of what is stacked on it: device mapper (LUKS, LVM), md, and loop devices over it, at any depth. */
  readonly holders: readonly string[];
  /** File systems on it, as far as the system knows them without opening it. */
  readonly fileSystems: readonly { readonly device: string; readonly type: string; readonly label?: string }[];
  /** Whether the device can write zeros by itself, and really does (`queue/write_zeroes_max_bytes`). */
  readonly writesZeroes: boolean;
}

/**
 * Looks a device up. Opens nothing.
 *
 * @throws CardError when the path is no stable name of a device, leads nowhere, or not to a block device.
 */
export async function readDeviceFacts(path: string): Promise<DeviceFacts> {
  return factsOf(await readDevice(path));
}

/** What the readings mean. */
export function factsOf({ path, system, row, loops, attributes }: DeviceReadings): DeviceFacts {
  const name = basename(system);
  const rows = [row, ...loops];
  const { diskseq, 'queue/logical_block_size': blockBytes } = attributes;
  const serial = clean(row.serial) ?? clean(attributes['device/serial']) ?? clean(attributes['device/cid']);
  const model = clean(row.model) ?? clean(attributes['device/name']);
  return {
    path,
    name,
    number: row['maj:min'].trim(),
    kind: kindOf(name, system, attributes['device/type']),
    isPartition: attributes.partition !== undefined,
    readOnly: row.ro,
    sizeBytes: row.size,
    ...(blockBytes !== undefined && { logicalBlockBytes: Number(blockBytes) }),
    ...(model !== undefined && { model }),
    ...(serial !== undefined && { serial }),
    ...(diskseq !== undefined && { diskSequence: Number(diskseq) }),
    mounts: rows.flatMap(mountsOf),
    holders: [...stackedOn(row), ...loops.flatMap((loop) => [loop.kname, ...stackedOn(loop)])],
    fileSystems: fileSystemsOf(row),
    writesZeroes: Number(attributes['queue/write_zeroes_max_bytes'] ?? 0) > 0,
  };
}

/** `system` is the device's real path in /sys. */
function kindOf(name: string, system: string, mmcType: string | undefined): DeviceKind {
  if (/^loop\d+$/.test(name)) return 'loop';
  if (/^nvme\d+n\d+/.test(name)) return 'nvme';
  if (/^mmcblk\d+(p\d+)?$/.test(name)) return mmcType === 'SD' ? 'mmc' : 'emmc';
  if (/^vd[a-z]+/.test(name)) return 'virtio';
  if (!/^sd[a-z]+/.test(name)) return 'other';
  if (/\/usb\d+\//.test(system)) return 'usb';
  return system.includes('/virtio') ? 'virtio' : 'sata';
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

function fileSystemsOf(row: LsblkRow): DeviceFacts['fileSystems'] {
  return withDescendants(row).flatMap(({ kname, fstype, label }) => {
    const type = clean(fstype);
    const name = clean(label);
    return type === undefined ? [] : [{ device: kname, type, ...(name !== undefined && { label: name }) }];
  });
}

/** What a card says of itself is shown on terminals, which obey control characters. */
function clean(text: string | null | undefined): string | undefined {
  const trimmed = text?.replaceAll(/\p{Cc}/gu, '').trim();
  return trimmed === '' ? undefined : trimmed;
}
