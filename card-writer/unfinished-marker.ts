import type { Partition } from './partition-table.ts';

/**
 * How much of the card's beginning is held back until everything else is written and verified: with a marker instead of
 * the boot record (and of a GPT header, which is the second sector) no boot loader, automounter or person takes the card
 * for a finished one.
 */
export const headBytes = 4096;

const sentence = 'pulumi-nixos-pi unfinished flash ';

/** What the marker of an unfinished flash says. */
export interface Marker {
  readonly flashId: string;
  /** Of the decompressed image; missing before the first of it is on the card. */
  readonly imageSha256?: string;
}

/**
 * The first bytes of a card while it is being written. Without the image's hash it is nobody's to go on with: nothing of an image is on
 * the card yet, and what the card is worth is not known.
 */
export function encodeMarker({ flashId, imageSha256 }: Marker): Buffer {
  const marker = Buffer.alloc(headBytes);
  marker.write(`${sentence}${flashId}\n${imageSha256 === undefined ? '' : `${imageSha256}\n`}`, 'ascii');
  return marker;
}

/**
 * The flash that was never finished on this card; undefined when its first bytes are anything else, also in part: programs that make a
 * partition table may leave the text before it.
 */
export function decodeMarker(head: Uint8Array): Marker | undefined {
  const text = Buffer.from(head.subarray(0, 512)).toString('latin1');
  if (!text.startsWith(sentence)) return undefined;
  const [, flashId, imageSha256] = /^([0-9a-f-]{36})\n(?:([0-9a-f]{64})\n)?\0/.exec(text.slice(sentence.length)) ?? [];
  if (flashId === undefined) return undefined;
  const marker = { flashId, ...(imageSha256 !== undefined && { imageSha256 }) };
  return encodeMarker(marker).equals(head.subarray(0, headBytes)) ? marker : undefined;
}

/** True when a partition lies behind the part that is held back. */
export function isBehindHead(partition: Partition): boolean {
  return partition.startBytes >= headBytes;
}
