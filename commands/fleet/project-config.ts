import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

/** What Pulumi.yaml says of the config of its stacks. */
export interface ProjectConfig {
  /** Directory of Pulumi.yaml. */
  readonly directory: string;
  /** Where the stacks' own files are. */
  readonly folder: string;
  /** Of the project, which stands before the keys in those files. */
  readonly name: string;
  /** The keys that it declares, with their defaults; undefined where it cannot be read. */
  readonly defaults: Config | undefined;
}

/** Config by its keys, without the project's name in front; a secret as it is in the file, an object. */
export type Config = ReadonlyMap<string, unknown>;

/** What the files say of a stack's config. */
export interface StackConfig {
  /** Defaults included. */
  readonly values: Config;
  /** An environment adds to them, maybe secrets: what, is known to the engine alone. */
  readonly hasEnvironment: boolean;
  /** The engine is sure to read the same: Pulumi.yaml is known, no environment adds anything, and no key is named twice. */
  readonly isCertain: boolean;
}

const projectShape = z.object({
  name: z.string(),
  stackConfigDir: z.string().default(''),
  config: z.record(z.string(), z.unknown()).default({}),
});
const declaration = z.object({ value: z.unknown().optional(), default: z.unknown().optional() });
const stackShape = z.object({
  environment: z.unknown().optional(),
  config: z.record(z.string(), z.unknown()).nullish(),
});

/** Reads Pulumi.yaml. */
export async function readProjectConfig(directory: string): Promise<ProjectConfig> {
  return projectConfig(directory, await yamlFile(path.join(directory, 'Pulumi.yaml')));
}

/** The same of what Pulumi.yaml holds. */
export function projectConfig(directory: string, content: unknown): ProjectConfig {
  const found = projectShape.safeParse(content).data;
  if (found === undefined) return { directory, folder: directory, name: '', defaults: undefined };
  const { name, config } = found;
  const defaults = Object.entries(config).map(
    ([key, declared]) => [unprefixed(key, name), defaultIn(declared)] as const,
  );
  return { directory, folder: path.join(directory, found.stackConfigDir), name, defaults: new Map(defaults) };
}

/** A stack's config. No process is started for it, and nothing decrypted. Undefined where its file is missing or unreadable. */
export async function readStackConfig(stack: string, project: ProjectConfig): Promise<StackConfig | undefined> {
  return stackConfig(project, await yamlFile(path.join(project.folder, `Pulumi.${shortName(stack)}.yaml`)));
}

/** The same of what the stack's file holds. */
export function stackConfig({ name, defaults }: ProjectConfig, content: unknown): StackConfig | undefined {
  const found = stackShape.safeParse(content).data;
  if (found === undefined) return undefined;
  const given = Object.entries(found.config ?? {}).map(([key, value]) => [unprefixed(key, name), value] as const);
  const hasEnvironment = found.environment !== undefined;
  // Of `host` and `project:host` in one file the engine takes the one or the other.
  const isEachOnce = new Set(given.map(([key]) => key)).size === given.length;
  const isCertain = defaults !== undefined && !hasEnvironment && isEachOnce;
  return { values: new Map([...(defaults ?? []), ...given]), hasEnvironment, isCertain };
}

/** The key of `key`, `project:key`, or `project:config:key`, as the engine still takes it. */
function unprefixed(key: string, project: string): string {
  return key.startsWith(`${project}:`) ? key.slice(project.length + 1).replace(/^config:/, '') : key;
}

function defaultIn(declared: unknown): unknown {
  const found = declaration.safeParse(declared).data;
  return found === undefined ? declared : (found.value ?? found.default);
}

/** A stack's name as its program knows it, without the organization that Pulumi Cloud puts before it. */
export function shortName(stack: string): string {
  return stack.split('/').at(-1) ?? stack;
}

async function yamlFile(file: string): Promise<unknown> {
  try {
    return parseYaml(await readFile(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** As the engine reads it: `<<` merges. */
export function parseYaml(text: string): unknown {
  return parse(text, { logLevel: 'error', merge: true });
}
