import type { DeviceKind } from '../../card-writer/device-facts.ts';
import { type CompareRequest, protocol } from '../../card-writer/request.ts';
import { waitForCard } from '../../provider/card/card-reader.ts';
import { compareCard } from '../../provider/card/card-writer.ts';
import { inspectImage } from '../../provider/card/image-file.ts';
import type { Watch } from '../../provider/context.ts';
import { openImage, readImage } from '../../provider/card/image-source.ts';
import { type Verdict, judgeDifferences } from './differences.ts';

export interface CardToVerify {
  readonly device: string;
  /** `.img` or `.img.zst` */
  readonly image: string;
  readonly allow: readonly DeviceKind[];
  /** The largest device in bytes that is believed to be a card. */
  readonly maximumSizeBytes: number;
}

/** Compares a card with an image, without changing it. */
export async function verifyCard(
  { device, image, allow, maximumSizeBytes }: CardToVerify,
  watch: Watch,
): Promise<Verdict> {
  const { sizeBytes } = await inspectImage(image, watch);
  const declared = { allow, maximumSizeBytes };
  const facts = await waitForCard(watch, { ...declared, device, imageSizeBytes: sizeBytes, insertTimeoutSeconds: 0 });
  const request: CompareRequest = {
    protocol,
    action: 'compare',
    device: { ...declared, path: device },
    image: { sizeBytes },
  };
  const differing = await compareCard(facts, request, image, watch);
  return judgeDifferences(differing, await firstSector(image, watch.signal), sizeBytes);
}

async function firstSector(path: string, signal: AbortSignal): Promise<Uint8Array> {
  for await (const piece of readImage(await openImage(path), signal)) return piece.subarray(0, 512);
  return new Uint8Array();
}
