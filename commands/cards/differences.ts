import type { Extent } from '../../card-writer/events.ts';
import { type Partition, parsePartitionTable } from '../../card-writer/partition-table.ts';

/** What a comparison means. */
export interface Verdict {
  /** Nothing differs that must not. */
  readonly isRight: boolean;
  /** One sentence for each part of the card. */
  readonly lines: readonly string[];
}

/**
 * Says which parts of a card differ from its image. A root partition (Linux, type 0x83) always does after a flash, as files for
 * the first boot were put there, and after each boot.
 *
 * @param head the image's first sector.
 */
export function judgeDifferences(differing: readonly Extent[], head: Uint8Array, imageSizeBytes: number): Verdict {
  const partitions = [...(parsePartitionTable(head) ?? [])].sort((a, b) => a.startBytes - b.startBytes);
  const start = partitions[0]?.startBytes ?? imageSizeBytes;
  const parts = [
    { name: 'boot record and gap', startBytes: 0, sizeBytes: start, mayDiffer: false },
    ...partitions.map((partition) => ({ ...partition, name: nameOf(partition), mayDiffer: partition.type === 0x83 })),
  ].map((part) => ({ ...part, count: differing.filter((extent) => overlaps(extent, part)).length }));
  // A step that reaches into the partition before it says nothing about that.
  const wrong = differing.filter((extent) => !parts.some((part) => part.mayDiffer && overlaps(extent, part)));
  const describe = ({ name, count, mayDiffer }: (typeof parts)[number]): string => {
    if (count === 0) return `${name}: as in the image`;
    const normal = mayDiffer ? ', as is normal after a flash (files for the first boot) and after each boot' : '';
    return `${name}: ${String(count)} MiB differ${normal}`;
  };
  return { isRight: wrong.length === 0, lines: parts.map(describe) };
}

function nameOf({ number, type }: Partition): string {
  return `partition ${String(number)} (${type === 0x83 ? 'Linux' : 'firmware'})`;
}

function overlaps({ position, length }: Extent, part: { startBytes: number; sizeBytes: number }): boolean {
  return position < part.startBytes + part.sizeBytes && position + length > part.startBytes;
}
