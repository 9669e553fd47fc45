import type { Problem } from '../errors.ts';
import { formatBytes } from '../values/byte-count.ts';
import { counted } from '../values/counted.ts';

/** One mounted file system. */
export interface FileSystemRoom {
  /** What is mounted, as df names it. */
  readonly device: string;
  readonly mountPoint: string;
  /** What a user other than root may still write, in bytes. */
  readonly freeBytes: number;
}

/** The room on a Pi for a new system. */
export interface FreeSpace {
  /** Where /nix/store is. */
  readonly store: FileSystemRoom;
  /** Where /boot is; the same as the store's where they share one, as on a card that was flashed with NixOS' image. */
  readonly boot: FileSystemRoom;
}

/** What a new system takes of a Pi. */
export interface NeededSpace {
  readonly paths: number;
  /** In /nix/store. */
  readonly bytes: number;
  /** In /boot. */
  readonly bootBytes: number;
}

/** Prints what `parseFreeSpace` reads. Needs no root. */
export const freeSpaceScript = 'df -P -B1 /nix/store /boot 2>/dev/null';

/** The room in what df printed; undefined when it did not tell that of /nix/store. A Pi without /boot has none of its own. */
export function parseFreeSpace(text: string): FreeSpace | undefined {
  const [store, boot = store] = text.split('\n').flatMap((line) => {
    const match = /^(.+?)\s+\d+\s+\d+\s+(-?\d+)\s+(?:\d+%|-)\s+(\/.*)$/.exec(line);
    if (match === null) return [];
    const [, device = '', free = '0', mountPoint = ''] = match;
    return [{ device, mountPoint, freeBytes: Math.max(0, Number(free)) }];
  });
  return store === undefined || boot === undefined ? undefined : { store, boot };
}

// What NixOS goes on writing while it is switched: the profile, units, the journal, Nix' database and its log.
const reserveBytes = 32 * 1024 ** 2;
// Each file takes whole blocks: a store path needs some percent more than its archive's size.
const blockShare = 1.05;

/** Why a system does not fit. */
export interface RoomProblem extends Problem {
  /** Whether it is the file system of /nix/store that is too small, and not a /boot of its own. */
  readonly inStore: boolean;
}

/** What is wrong when a system does not fit; undefined when it fits or takes nothing. */
export function freeSpaceProblem(pi: string, needed: NeededSpace, free: FreeSpace): RoomProblem | undefined {
  const store = needed.bytes * blockShare;
  const boot = needed.bootBytes;
  const together = free.store.device === free.boot.device;
  const demands = together
    ? [{ place: 'the file system of /nix/store and /boot', room: free.store, bytes: store + boot }]
    : [
        { place: 'the file system of /nix/store', room: free.store, bytes: store },
        { place: '/boot', room: free.boot, bytes: boot },
      ];
  const short = demands.find(({ room, bytes }) => bytes > 0 && bytes + reserveOf(room, free) > room.freeBytes);
  if (short === undefined) return undefined;
  const reserve = reserveOf(short.room, free);
  const lacking = short.bytes + reserve - short.room.freeBytes;
  const inStore = together || short.room === free.store;
  const kept = reserve > 0 ? `, with ${formatBytes(reserve)} that stay free` : '';
  return {
    what: `${pi} has too little room for the new system: ${describeNeed(needed)} are to be written${kept}, ${short.place} has ${formatBytes(short.room.freeBytes)} free, so ${formatBytes(lacking)} are lacking. Nothing that runs or boots was changed.`,
    remedy: inStore ? moreRoomInStore : moreRoomInBoot,
    inStore,
  };
}

// Nothing but kernels is written to a /boot of its own.
function reserveOf(room: FileSystemRoom, free: FreeSpace): number {
  return room.device === free.store.device ? reserveBytes : 0;
}

function describeNeed({ paths, bytes, bootBytes }: NeededSpace): string {
  const boot = bootBytes > 0 ? ` and kernel, initrd and device trees with ${formatBytes(bootBytes)}` : '';
  return `${counted(paths, 'store path')} with ${formatBytes(bytes)}${boot}`;
}

const moreRoomInBoot =
  'Old generations hold their kernels in /boot. On the Pi run `sudo nix-env --profile /nix/var/nix/profiles/system --delete-generations NUMBER` (`--list-generations` shows them) and `sudo /run/current-system/bin/switch-to-configuration boot`, then `pulumi up` again; `keepGenerations` keeps fewer from then on.';
const moreRoomInStore =
  'On the Pi run `sudo nix-env --profile /nix/var/nix/profiles/system --delete-generations NUMBER` (`--list-generations` shows them) and `sudo nix-collect-garbage`, or use a larger card; then run `pulumi up` again. `keepGenerations` keeps fewer from then on.';
