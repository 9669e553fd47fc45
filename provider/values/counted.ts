/** A number of things for people: `1 derivation`, `2 derivations`. */
export function counted(count: number, thing: string): string {
  return `${String(count)} ${thing}${count === 1 ? '' : 's'}`;
}
