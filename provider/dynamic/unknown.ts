// What the engine sends in a preview for a value that is not known yet (sdk/nodejs/runtime/rpc.ts, `unknownValue`).
const placeholder = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

/** Whether a value is one that a preview does not know yet. */
export function isPlaceholder(value: unknown): boolean {
  return value === placeholder;
}

/** Whether a value is, or holds at any depth, something that a preview does not know yet. */
export function isUnknown(value: unknown): boolean {
  if (isPlaceholder(value)) return true;
  return typeof value === 'object' && value !== null && Object.values(value).some(isUnknown);
}

/** The properties of an object by whether they are fully known. */
export function splitUnknown(properties: Record<string, unknown>) {
  const entries = Object.entries(properties);
  return {
    known: Object.fromEntries(entries.filter(([, value]) => !isUnknown(value))),
    unknown: Object.fromEntries(entries.filter(([, value]) => isUnknown(value))),
  };
}

/** What is known of an object: at any depth the properties that are; a list counts only as a whole. */
export function knownPart(properties: object): Record<string, unknown> {
  const entries = Object.entries(properties).map(([key, value]: [string, unknown]) => [key, knownOf(value)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function knownOf(value: unknown): unknown {
  if (!isUnknown(value)) return value;
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? knownPart(value) : undefined;
}
