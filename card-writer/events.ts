import { writeSync } from 'node:fs';
import type { CardContent } from './card-content.ts';
import type { Problem } from './problem.ts';

/** What a card writer tells, one JSON line each, on standard output. */
export type WriterEvent =
  | { readonly event: 'found'; readonly content: CardContent; readonly fingerprint: string }
  | { readonly event: 'progress'; readonly phase: Phase; readonly doneBytes: number; readonly totalBytes: number }
  /** These parts of the image are wanted once more, in this order. */
  | { readonly event: 'resend'; readonly parts: readonly Extent[] }
  /** All but the boot record is on the card; it waits for the line `finish`. */
  | { readonly event: 'ready'; readonly fingerprint: string }
  | ({ readonly event: 'finished' } & Summary)
  /** Where the card differs from the image, in steps of 1 MiB. */
  | { readonly event: 'compared'; readonly differing: readonly Extent[] }
  | { readonly event: 'failed'; readonly problem: Problem };

/** A part of a card or image, in bytes from its beginning. */
export interface Extent {
  readonly position: number;
  readonly length: number;
}

/** What a flash is doing. */
export type Phase = 'probing' | 'zeroing' | 'writing' | 'reading back' | 'adding files' | 'comparing';

/** What a flash did. */
export interface Summary {
  /** In bytes; what was on the card already, or was zeroed by it, is not written. */
  readonly writtenBytes: number;
  readonly unchangedBytes: number;
  readonly writingSeconds: number;
  /** 0 without a verification. */
  readonly readingSeconds: number;
  readonly ejected: boolean;
}

/** Tells something. Fails when nobody listens any more: then nothing more is written to a card either. */
export type Tell = (event: WriterEvent) => void;

/** Tells on standard output. */
export function tellStandardOutput(event: WriterEvent): void {
  writeSync(1, `${JSON.stringify(event)}\n`);
}

const intervalMilliseconds = 250;

/** Tells how far a phase is, a few times a second. */
export function progressOf(phase: Phase, totalBytes: number, tell: Tell): (doneBytes: number) => void {
  let last = -Infinity;
  return (doneBytes) => {
    const now = performance.now();
    if (now - last < intervalMilliseconds && doneBytes < totalBytes) return;
    last = now;
    tell({ event: 'progress', phase, doneBytes, totalBytes });
  };
}
