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

const projectShape = z.object({
  name: z.string(),
  stackConfigDir: z.string().default(''),
  config: z.record(z.string(), z.unknown()).default({}),
});
const declaration = z.object({ value: z.unknown().optional(), default: z.unknown().optional() });
// What an environment adds is known to the engine alone.
const stackShape = z.object({
  environment: z.undefined().optional(),
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

/**
 * A stack's config, defaults included. No process is started for it, and nothing decrypted. Undefined where the files may not tell all
 * of it: they are missing or unreadable, or an environment adds to them.
 */
export async function readStackConfig(stack: string, project: ProjectConfig): Promise<Config | undefined> {
  return stackConfig(project, await yamlFile(path.join(project.folder, `Pulumi.${shortName(stack)}.yaml`)));
}

/** The same of what the stack's file holds. */
export function stackConfig({ name, defaults }: ProjectConfig, content: unknown): Config | undefined {
  const found = stackShape.safeParse(content).data;
  if (defaults === undefined || found === undefined) return undefined;
  const given = Object.entries(found.config ?? {}).map(([key, value]) => [unprefixed(key, name), value] as const);
  return new Map([...defaults, ...given]);
}

function unprefixed(key: string, project: string): string {
  return key.startsWith(`${project}:`) ? key.slice(project.length + 1) : key;
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
    return parse(await readFile(file, 'utf8'), { logLevel: 'error' }) as unknown;
  } catch {
    return undefined;
  }
}
