import type { DeviceFacts, DeviceKind } from './device-facts.ts';
import { megabytes } from './megabytes.ts';
import { sectorBytes } from './partition-table.ts';
import type { DeclaredDevice } from './request.ts';

/** What the owner of a card said of it, and what has to fit. */
export type WantedDevice = Omit<DeclaredDevice, 'path'> & { readonly imageSizeBytes?: number | undefined };

/** In bytes: what is believed to be a card if nothing else is said. */
export const largestCardBytes = 300e9;

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

const systemMountPoints = [
  '/',
  '/nix',
  '/nix/store',
  '/boot/firmware',
  '/boot',
  '/boot/efi',
  '/efi',
  '/home',
  '/var',
  '/usr',
  '[SWAP]',
];

/** Why this device may not be erased, one sentence each; none when it may. Says nothing about what is on it. */
export function whyNotErase(device: DeviceFacts, declared: WantedDevice): string[] {
  const system = holdsTheSystem(device);
  // Nothing else is worth saying then, least of all how to have it taken nevertheless.
  if (system !== undefined) return [system];
  return [...notTheRightKind(device, declared), ...inUse(device), ...notTheRightCard(device, declared)];
}

/** Whether nothing stands against erasing it but that a desktop, or a person by hand, has mounted what is on it. */
export function isOnlyMounted(device: DeviceFacts, declared: WantedDevice): boolean {
  const { mounts } = device;
  const isMounted = mounts.length > 0 && mounts.every(({ mountPoint }) => placeOfMedia.test(mountPoint));
  return isMounted && whyNotErase({ ...device, mounts: [] }, declared).length === 0;
}

// Whatever is mounted elsewhere is somebody's disk.
const placeOfMedia = /^\/(?:media|run\/media|mnt)(?:\/|$)/;

function holdsTheSystem({ path, mounts }: DeviceFacts): string | undefined {
  const places = mounts.map(({ mountPoint }) => mountPoint).filter((place) => systemMountPoints.includes(place));
  return places.length === 0 ? undefined : `${path} is a disk of this system: it holds ${places.join(', ')}.`;
}

function notTheRightKind(facts: DeviceFacts, { allow }: WantedDevice): string[] {
  const { path, name, kind, isPartition, readOnly } = facts;
  const reasons: string[] = [];
  if (isPartition) reasons.push(`${path} is a partition (${name}); give the whole device.`);
  if (kind === 'other') reasons.push(`${path} (${name}) is not a device that a card can be.`);
  else if (!['usb', 'mmc', ...allow].includes(kind)) {
    reasons.push(
      `${path} (${name}) is ${kinds[kind]}, not a card. If it really is to be erased, say so with \`allow: ["${kind}"]\` (a stack's \`cardAllow\`, or \`--allow\`).`,
    );
  }
  if (readOnly) reasons.push(`${path} is read-only; look at the lock switch of the card or its adapter.`);
  return [...reasons, ...notOfCardsSectors(facts)];
}

function notOfCardsSectors({ path, logicalBlockBytes = sectorBytes }: DeviceFacts): string[] {
  if (logicalBlockBytes === sectorBytes) return [];
  return [
    `${path} has sectors of ${String(logicalBlockBytes)} bytes: it would not boot, as the partition table of an image counts in sectors of ${String(sectorBytes)}. Use a card, or a disk or USB adapter with such sectors.`,
  ];
}

function inUse({ path, mounts, holders }: DeviceFacts): string[] {
  if (mounts.length === 0) return holders.length > 0 ? [`${path} is in use by ${holders.join(', ')}.`] : [];
  return mounts.map(
    ({ device, mountPoint }) =>
      `${path} is in use: ${device} is mounted at ${mountPoint}. Unmount it first, without ejecting it: \`udisksctl unmount -b /dev/${device}\`.`,
  );
}

function notTheRightCard({ path, sizeBytes, serial }: DeviceFacts, declared: WantedDevice): string[] {
  if (sizeBytes === 0) return [`There is no card in the reader ${path}.`];
  const reasons: string[] = [];
  if (declared.serial !== undefined && declared.serial !== serial) {
    reasons.push(
      `${path} has ${serial === undefined ? 'no serial number' : `the serial number ${serial}`}, not ${declared.serial}.`,
    );
  }
  if (declared.expectedSizeBytes !== undefined && declared.expectedSizeBytes !== sizeBytes) {
    reasons.push(
      `${path} has ${String(sizeBytes)} bytes, not the ${String(declared.expectedSizeBytes)} of \`expectedSizeBytes\` (a stack's \`cardSizeBytes\`): it is another card.`,
    );
  }
  if (sizeBytes > declared.maximumSizeBytes) {
    reasons.push(
      `${path} has ${megabytes(sizeBytes)}, more than the ${megabytes(declared.maximumSizeBytes)} that a card is expected to have at most. If it really is a card, say so with \`maximumSizeBytes: ${String(sizeBytes)}\` (a stack's \`cardMaximumSizeBytes\`, or \`--maximum-size-bytes\`).`,
    );
  }
  if (declared.imageSizeBytes !== undefined && declared.imageSizeBytes > sizeBytes) {
    reasons.push(
      `The image needs ${megabytes(declared.imageSizeBytes)} and the card in ${path} has ${megabytes(sizeBytes)}: it is too small.`,
    );
  }
  return reasons;
}
