import { stat } from 'node:fs/promises';

/**
 * What changes when a file is replaced or written, without reading it: size and time of the last change, in ns. Undefined when
 * it is not there.
 */
export async function fileIdentity(path: string): Promise<string | undefined> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found === undefined ? undefined : `${String(found.size)}-${String(found.mtimeNs)}`;
}
