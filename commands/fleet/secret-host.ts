import type { PiRecord } from './pi-record.ts';
import type { StackConfig } from './project-config.ts';

/** What stands where a secret would, in the engine's own way of writing it. */
const hidden = '[secret]';

/**
 * Whether the host is a secret in a stack's config: a program may read it as plain text, so that the state does not tell. It counts
 * as one where an environment may have named it.
 */
export function isSecretHost(config: StackConfig | undefined): boolean {
  const host = config?.values.get('host') ?? '';
  return typeof host === 'object' || (host === '' && config?.hasEnvironment === true);
}

/** A Pi's host as it may be printed. */
export function shownHost({ connection, hasSecretHost }: Pick<PiRecord, 'connection' | 'hasSecretHost'>): string {
  return hasSecretHost ? hidden : connection.host;
}

/**
 * What was said of a Pi, as it may be printed.
 *
 * @param names what its host is called there: as the person wrote it, as ssh resolves it.
 */
export function withoutSecretHost(
  text: string,
  { hasSecretHost }: Pick<PiRecord, 'hasSecretHost'>,
  names: readonly string[],
): string {
  if (!hasSecretHost) return text;
  // One may be the beginning of the other.
  const longestFirst = [...names].sort((one, other) => other.length - one.length);
  return longestFirst.reduce((rest, name) => rest.replaceAll(name, hidden), text);
}
