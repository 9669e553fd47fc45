import { z } from 'zod';
import type { PiRecord } from './pi-record.ts';
import type { StackConfig } from './project-config.ts';

// As index.ts reads them: an empty text and 0 say nothing. A secret says nothing here, either.
const address = z.object({ host: z.string().catch(''), port: z.coerce.number().int().catch(0) });

/**
 * Whether a stack's config means another address than the one where its Pi was deployed to.
 *
 * @param config of the stack; undefined where it is not known.
 */
export function hasMoved({ connection }: Pick<PiRecord, 'connection'>, config: StackConfig | undefined): boolean {
  const { host, port } = address.parse(Object.fromEntries(config?.values ?? []));
  return (host !== '' && host !== connection.host) || (port !== 0 && port !== (connection.port ?? 22));
}
