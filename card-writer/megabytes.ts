/** Decimal megabytes, as on a card's label. */
export function megabytes(bytes: number): string {
  return `${String(Math.round(bytes / 1e6))} MB`;
}
