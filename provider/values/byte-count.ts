/** A number of bytes for people, in decimal units as on a card's label: `812 bytes`, `12 kB`, `3.4 MB`, `120 MB`, `1.2 GB`. */
export function formatBytes(bytes: number): string {
  const sign = bytes < 0 ? '-' : '';
  const size = Math.abs(bytes);
  if (size < 1e3) return `${sign}${String(Math.round(size))} bytes`;
  // What would round up to 1000 of a unit belongs to the next one.
  const unit = size < 999.5e3 ? 'kB' : size < 999.5e6 ? 'MB' : 'GB';
  const value = size / { kB: 1e3, MB: 1e6, GB: 1e9 }[unit];
  return `${sign}${unit !== 'kB' && value < 9.95 ? value.toFixed(1) : String(Math.round(value))} ${unit}`;
}
