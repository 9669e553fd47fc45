import type { Summary } from '../../card-writer/events.ts';
import { megabytes } from '../../card-writer/megabytes.ts';

/** Tells a person how far a transfer is; at most twice a second, however often it is called. */
export type Advance = (doneBytes: number) => void;

const intervalMilliseconds = 500;

/** `what` is a verb phrase: "writing", "reading back". */
export function transferProgress(
  what: string,
  totalBytes: number,
  tell: (message: string) => void,
  now: () => number = Date.now,
): Advance {
  const start = now();
  let last = -Infinity;
  return (doneBytes) => {
    const at = now();
    if (at - last < intervalMilliseconds && doneBytes < totalBytes) return;
    last = at;
    tell(describeTransfer(what, doneBytes, totalBytes, (at - start) / 1000));
  };
}

/** For example `writing: 812 MB of 2147 MB (37 %), 40 MB/s, 33 s left`. */
export function describeTransfer(what: string, doneBytes: number, totalBytes: number, elapsedSeconds: number): string {
  const percent = totalBytes === 0 ? 100 : Math.floor((doneBytes / totalBytes) * 100);
  const amount = `${what}: ${megabytes(doneBytes)} of ${megabytes(totalBytes)} (${String(percent)} %)`;
  if (doneBytes === 0 || elapsedSeconds < 0.2) return amount;
  const rate = doneBytes / elapsedSeconds;
  const left = Math.max(0, Math.round((totalBytes - doneBytes) / rate));
  return `${amount}, ${megabytes(rate)}/s${doneBytes < totalBytes ? `, ${String(left)} s left` : ''}`;
}

/** For example `Written: 2147 MB in 54 s (40 MB/s); read back and compared in 27 s (80 MB/s)`. */
export function describeSummary({ writtenBytes, unchangedBytes, writingSeconds, readingSeconds }: Summary): string {
  const written = `Written: ${megabytes(writtenBytes)} in ${rate(writtenBytes, writingSeconds)}`;
  const rest = unchangedBytes === 0 ? '' : `, ${megabytes(unchangedBytes)} were right already or are zeros`;
  const all = writtenBytes + unchangedBytes;
  const read = readingSeconds === 0 ? 'not read back' : `read back and compared in ${rate(all, readingSeconds)}`;
  return `${written}${rest}; ${read}`;
}

/** What a person does with a finished card: one that was not ejected may be mounted the moment it was let go. */
export function describeNextStep(device: string, { ejected }: Pick<Summary, 'ejected'>): string {
  const ready = ejected
    ? 'is ready and was ejected.'
    : 'is ready. If the desktop has mounted it meanwhile, unmount it first.';
  return `Put the card into the Pi and switch it on: the one in ${device} ${ready}`;
}

function rate(bytes: number, seconds: number): string {
  const amount = seconds < 1 ? 'less than 1 s' : `${String(Math.round(seconds))} s`;
  return seconds < 0.1 ? amount : `${amount} (${megabytes(bytes / seconds)}/s)`;
}
