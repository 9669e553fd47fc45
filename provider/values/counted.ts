/** A number of things for people: `1 derivation`, `2 derivations`. */
export function counted(count: number, thing: string, things = `${thing}s`): string {
  return `${String(count)} ${count === 1 ? thing : things}`;
}
