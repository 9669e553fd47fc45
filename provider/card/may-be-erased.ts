import type { CardContent } from './card-content.ts';
import type { DeviceFacts, DeviceKind } from './block-device.ts';
import { megabytes } from './transfer-progress.ts';

/** What the owner of the card said of it. */
export interface EraseWishes {
  /** Size of the card in bytes: a reader's name does not tell one card from another. */
  readonly expectedSizeBytes?: number | undefined;
  readonly serial?: string | undefined;
  /** Kinds of devices that are taken although they are no ordinary card. */
  readonly allow: readonly DeviceKind[];
  /** What has to fit. */
  readonly imageSizeBytes?: number | undefined;
}

const kinds: Readonly<Record<DeviceKind, string>> = {
  usb: 'a USB device',
  mmc: 'a card in a card slot',
  emmc: 'built-in flash memory (eMMC)',
  nvme: 'an NVMe disk',
  sata: 'a SATA or SCSI disk',
  virtio: "a virtual machine's disk",
  loop: 'a loop device',
  other: 'no disk',
};

const systemMountPoints = ['/', '/nix', '/nix/store', '/boot', '/boot/efi', '/efi', '/home', '/var', '/usr', '[SWAP]'];

/** Why this device may not be erased, one sentence each; none when it may. Says nothing about what is on it. */
export function whyNotErase(device: DeviceFacts, wishes: EraseWishes): string[] {
  return [...notTheRightKind(device, wishes), ...inUse(device), ...notTheRightCard(device, wishes)];
}

function notTheRightKind({ path, name, kind, isPartition, readOnly }: DeviceFacts, { allow }: EraseWishes): string[] {
  const reasons: string[] = [];
  if (isPartition) reasons.push(`${path} is a partition (${name}); give the whole device.`);
  if (kind === 'other') reasons.push(`${path} (${name}) is not a device that a card can be.`);
  else if (!['usb', 'mmc', ...allow].includes(kind)) {
    reasons.push(
      `${path} (${name}) is ${kinds[kind]}, not a card. If it really is to be erased, say so with \`allow: ["${kind}"]\`.`,
    );
  }
  if (readOnly) reasons.push(`${path} is read-only; look at the lock switch of the card or its adapter.`);
  return reasons;
}

function inUse({ path, mounts, holders }: DeviceFacts): string[] {
  const system = mounts.filter(({ mountPoint }) => systemMountPoints.includes(mountPoint));
  if (system.length > 0)
    return [`${path} is a disk of this system: it holds ${system.map(({ mountPoint }) => mountPoint).join(', ')}.`];
  return [
    ...mounts.map(
      ({ device, mountPoint }) => `${path} is in use: ${device} is mounted at ${mountPoint}. Unmount it first.`,
    ),
    ...(holders.length > 0 ? [`${path} is in use by ${holders.join(', ')}.`] : []),
  ];
}

function notTheRightCard({ path, sizeBytes, serial }: DeviceFacts, wishes: EraseWishes): string[] {
  if (sizeBytes === 0) return [`There is no card in the reader ${path}.`];
  const reasons: string[] = [];
  if (wishes.serial !== undefined && wishes.serial !== serial) {
    reasons.push(
      `${path} has ${serial === undefined ? 'no serial number' : `the serial number ${serial}`}, not ${wishes.serial}.`,
    );
  }
  if (wishes.expectedSizeBytes !== undefined && wishes.expectedSizeBytes !== sizeBytes) {
    reasons.push(
      `${path} has ${String(sizeBytes)} bytes, not the ${String(wishes.expectedSizeBytes)} of \`expectedSizeBytes\`: it is another card.`,
    );
  }
  if (wishes.imageSizeBytes !== undefined && wishes.imageSizeBytes > sizeBytes) {
    reasons.push(
      `The image needs ${megabytes(wishes.imageSizeBytes)} and the card in ${path} has ${megabytes(sizeBytes)}: it is too small.`,
    );
  }
  return reasons;
}

/** Why what is on the card stands against erasing it; undefined when nothing does. */
export function whyKeep(path: string, content: CardContent, erase: boolean): string | undefined {
  if (erase || content.kind !== 'data') return undefined;
  return (
    `The card in ${path} is not empty: it holds ${content.description}. ` +
    'If it may be erased, say so with `erase: true`; otherwise put another card into the reader.'
  );
}
