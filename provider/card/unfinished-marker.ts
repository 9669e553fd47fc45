import type { Partition } from './partition-table.ts';

/**
 * How much of the card's beginning is held back until everything else is written and verified: with a marker instead of
 * the boot record (and of a GPT header, which is the second sector) no boot loader, automounter or person takes the card
 * for a finished one.
 */
export const headBytes = 4096;

const sentence = 'pulumi-nixos-pi unfinished flash ';

/** The first bytes of a card while it is being written. */
export function encodeMarker(flashId: string): Buffer {
  const marker = Buffer.alloc(headBytes);
  marker.write(`${sentence}${flashId}\n`, 'ascii');
  return marker;
}

/** The flash that was never finished on this card; undefined when the first bytes are anything else. */
export function decodeMarker(head: Uint8Array): string | undefined {
  const text = Buffer.from(head.subarray(0, 512)).toString('latin1');
  const match = /^([0-9a-f-]{36})\n\0/.exec(text.startsWith(sentence) ? text.slice(sentence.length) : '');
  return match?.[1];
}

/** True when a partition lies behind the part that is held back. */
export function isBehindHead(partition: Partition): boolean {
  return partition.startBytes >= headBytes;
}
