/** How Pulumi marks a secret in what it sends to providers (sdk/nodejs/runtime/rpc.ts: specialSigKey, specialSecretSig). */
const signatureKey = '4dabf18193072939515e22adb298388d';
const secretSignature = '1b47061264138c4ac30d75fd1eb44270';

/** A copy of the value without the marks of secrets, at any depth. */
export function reveal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reveal);
  if (typeof value !== 'object' || value === null) return value;
  const entries = value as Record<string, unknown>;
  if (entries[signatureKey] === secretSignature) return reveal(entries['value']);
  return Object.fromEntries(Object.entries(entries).map(([key, inner]) => [key, reveal(inner)]));
}
