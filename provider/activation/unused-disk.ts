import { shellJoin } from '../process/quote.ts';
import type { SshConnection } from '../ssh/connection.ts';

/** A disk of which the file system with /nix/store could use more. */
export interface UnusedDisk {
  /** For example `/dev/mmcblk1`. */
  readonly disk: string;
  readonly diskBytes: number;
  /** The last partition, with that file system; for example `/dev/mmcblk1p2`. */
  readonly partition: string;
  /** Its number in the partition table. */
  readonly number: number;
  /** What its file system holds. */
  readonly fileSystemBytes: number;
}

/**
 * Prints `DISK DISK_BYTES PARTITION NUMBER START_BYTES FILE_SYSTEM_BYTES` of the partition that holds a folder: `sh -c <this> partition FOLDER`.
 * Nothing where that is no ext4 or not the last partition of a disk. Needs no root.
 */
export const unusedDiskScript = `
folder=$1
set -- $(findmnt --noheadings --raw --output FSTYPE,MAJ:MIN --target "$folder" | head -n 1)
if [ "$1" != ext4 ] || ! cd -P "/sys/dev/block/$2" || [ ! -e partition ]; then exit 0; fi
partition=\${PWD##*/}
read -r number < partition
read -r start < start
read -r sectors < ../size
for other in ../*/start; do
  read -r begin < "$other"
  if [ "$begin" -gt "$start" ]; then exit 0; fi
done
disk=$(cd -P .. && pwd)
set -- $(df -P -B1 "$folder" | tail -n 1)
echo "\${disk##*/} $((sectors * 512)) $partition $number $((start * 512)) $2"
`;

/** The partition that a script printed, where a tenth of its disk or more is not used; undefined else. */
export function parseUnusedDisk(text: string): UnusedDisk | undefined {
  const match = /^(\S+) (\d+) (\S+) (\d+) (\d+) (\d+)$/m.exec(text);
  if (match === null) return undefined;
  const [disk = '', partition = ''] = [match[1], match[3]];
  const [diskBytes = 0, number = 0, startBytes = 0, fileSystemBytes = 0] = [match[2], match[4], match[5], match[6]].map(
    Number,
  );
  // A file system's own tables take some percent.
  if (diskBytes - startBytes - fileSystemBytes < diskBytes / 10) return undefined;
  return { disk: `/dev/${disk}`, diskBytes, partition: `/dev/${partition}`, number, fileSystemBytes };
}

/**
 * Looks whether the disk with /nix/store has room that its file system does not use: NixOS' image makes it as large as the card at the first
 * boot (`sdImage.expandOnBoot`), and some revisions of nixpkgs fail at that: https://github.com/NixOS/nixpkgs/issues/554294.
 */
export async function unusedDisk(connection: SshConnection): Promise<UnusedDisk | undefined> {
  const { stdout } = await connection.execute(['/bin/sh', '-c', unusedDiskScript, 'partition', '/nix/store']);
  return parseUnusedDisk(stdout);
}

/** What makes the partition and its file system as large as the disk, as NixOS' image does it; for a shell on the Pi. */
export function growCommands({ disk, partition, number }: UnusedDisk): string {
  const commands = [
    ['sudo', 'sfdisk', '--no-reread', `-N${String(number)}`, disk],
    ['sudo', 'partx', '-u', disk],
    ['sudo', 'resize2fs', partition],
  ];
  return `echo ,+, | ${commands.map(shellJoin).join(' && ')}`;
}
