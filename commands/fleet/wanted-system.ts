import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { PiRecord } from './pi-record.ts';
import { type ProjectConfig, shortName, type StackConfig } from './project-config.ts';

/**
 * What a Pi is to run: `as recorded`, what the configuration in its record evaluates to; a store path; `by its program`, whose config
 * means something of its own, so that the record says what it named last; `not certain`.
 */
export type WantedSystem = 'as recorded' | 'by its program' | 'not certain' | { readonly storePath: string };

const text = z.string().default('');
/** The keys that say what is deployed, as index.ts reads them. */
const ours = z.object({
  configuration: text,
  hostDirectory: text,
  storePath: text,
  nixPath: z.preprocess(parsedList, z.array(z.string()).default([])),
});

/**
 * What a stack's config says that its Pi is to run. A program is not run for that: one that was edited may name something else.
 *
 * @param config of the stack; undefined where it is not known.
 * @param defaults the keys that Pulumi.yaml declares: where those of index.ts are not among them, the program is another one.
 */
export function wantedSystem(
  stack: string,
  { name, configuration }: Pick<PiRecord, 'name' | 'configuration'>,
  config: StackConfig | undefined,
  { defaults }: Pick<ProjectConfig, 'defaults'>,
): WantedSystem {
  if (defaults !== undefined && !Object.keys(ours.shape).some((key) => defaults.has(key))) return 'by its program';
  const said = config?.isCertain === true ? ours.safeParse(Object.fromEntries(config.values)).data : undefined;
  const folder = said?.hostDirectory === '' ? shortName(stack) : said?.hostDirectory;
  // A program of one's own may make several Pis of the same config.
  if (said === undefined || folder !== name) return 'not certain';
  if (said.storePath !== '')
    return said.storePath.startsWith('/nix/store/') ? { storePath: said.storePath } : 'not certain';
  const named = said.configuration === '' ? `hosts/${name}/configuration.nix` : said.configuration;
  const wanted = named.includes('#') ? { flake: named } : { configuration: named, nixPath: said.nixPath };
  return isDeepStrictEqual(wanted, recorded(configuration)) ? 'as recorded' : 'not certain';
}

function recorded({ configuration, flake, nixPath = [] }: PiRecord['configuration']): object {
  return flake === undefined ? { configuration, nixPath } : { flake };
}

/** A list may be given as JSON, too. */
function parsedList(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}
