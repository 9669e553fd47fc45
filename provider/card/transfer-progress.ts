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

/** Decimal megabytes, as on the card's label. */
export function megabytes(bytes: number): string {
  return `${String(Math.round(bytes / 1e6))} MB`;
}
