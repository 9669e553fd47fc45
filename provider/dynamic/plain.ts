/**
 * Outputs as JSON that Pulumi's protocol can carry. An undefined, a BigInt or a Buffer in them would fail after the side
 * effect happened, and orphan the resource.
 */
export function plain(outputs: object): Record<string, unknown> {
  const text = JSON.stringify(outputs, (_key, value: unknown) => (typeof value === 'bigint' ? Number(value) : value));
  return JSON.parse(text) as Record<string, unknown>;
}
