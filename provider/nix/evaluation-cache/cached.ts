import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { NixConfiguration } from '../configuration.ts';
import { channelState } from './channel.ts';
import { type Evaluated, readEntry, writeEntry } from './entries.ts';
import { flakeState } from './flake.ts';

/** The environment variable that turns the cache off, with the value `off`. */
const switchVariable = 'NIXOS_PI_EVALUATION_CACHE';

/** Another shape of entries, or another idea of what is certain, makes another key. */
const version = 1;

/**
 * The answer of an evaluation, from the cache where it is certain that the evaluation would give the same again: nothing that
 * it can read has changed. An error is never kept.
 *
 * @param question what is asked of the configuration.
 */
export async function cached<T>(
  configuration: NixConfiguration,
  question: string,
  schema: z.ZodType<T>,
  evaluate: () => Promise<Evaluated<T>>,
): Promise<Evaluated<T>> {
  const key = await keyOf(configuration, question);
  const entry = await entryOf(key, schema);
  if (entry !== undefined) return entry;
  return key === undefined ? evaluate() : evaluateOnce(key, configuration, question, evaluate);
}

/** Begins an evaluation whose answer will be asked for, where that is then certain to be the same; what is wrong, the asking will tell. */
export async function ahead<T>(
  configuration: NixConfiguration,
  question: string,
  schema: z.ZodType<T>,
  evaluate: () => Promise<Evaluated<T>>,
): Promise<void> {
  const key = await keyOf(configuration, question);
  if (key === undefined || (await entryOf(key, schema)) !== undefined) return;
  await evaluateOnce(key, configuration, question, evaluate).catch(() => undefined);
}

// What is under way; of one key the answers have one shape.
const underWay = new Map<string, Promise<Evaluated<unknown>>>();

async function evaluateOnce<T>(
  key: string,
  configuration: NixConfiguration,
  question: string,
  evaluate: () => Promise<Evaluated<T>>,
): Promise<Evaluated<T>> {
  const running = underWay.get(key) as Promise<Evaluated<T>> | undefined;
  if (running !== undefined) return running;
  const started = evaluateAndKeep(key, configuration, question, evaluate).finally(() => underWay.delete(key));
  underWay.set(key, started);
  return started;
}

async function evaluateAndKeep<T>(
  key: string,
  configuration: NixConfiguration,
  question: string,
  evaluate: () => Promise<Evaluated<T>>,
): Promise<Evaluated<T>> {
  const evaluated = await evaluate();
  // A file that was edited meanwhile may have been read before or after.
  if ((await keyOf(configuration, question)) === key) await writeEntry(key, evaluated);
  return evaluated;
}

/** The answer, where it is certain without an evaluation. */
export async function known<T>(
  configuration: NixConfiguration,
  question: string,
  schema: z.ZodType<T>,
): Promise<T | undefined> {
  return (await entryOf(await keyOf(configuration, question), schema))?.answer;
}

async function entryOf<T>(key: string | undefined, schema: z.ZodType<T>): Promise<Evaluated<T> | undefined> {
  return key === undefined ? undefined : readEntry(key, schema);
}

/** The same for the same answer; undefined where that is not certain, or not wanted. */
async function keyOf(configuration: NixConfiguration, question: string): Promise<string | undefined> {
  if (process.env[switchVariable] === 'off') return undefined;
  try {
    const state = configuration.kind === 'flake' ? await flakeState(configuration) : await channelState(configuration);
    return createHash('sha256').update(JSON.stringify({ version, question, state })).digest('hex');
  } catch {
    // Whatever is wrong, the evaluation itself will tell.
    return undefined;
  }
}
