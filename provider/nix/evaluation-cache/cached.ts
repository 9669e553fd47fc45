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

/** What is asked of a configuration. */
export interface Question<T> {
  readonly configuration: NixConfiguration;
  /** A Nix function of the system: what it gives is the answer. */
  readonly projection: string;
  readonly schema: z.ZodType<T>;
}

type Evaluate<T> = (question: Question<T>) => Promise<Evaluated<T>>;

/**
 * The answer of an evaluation, from the cache where it is certain that the evaluation would give the same again: nothing that
 * it can read has changed. An error is never kept.
 */
export async function cached<T>(question: Question<T>, evaluate: Evaluate<T>): Promise<Evaluated<T>> {
  const key = await keyOf(question);
  return key === undefined ? evaluate(question) : answerOf(key, question, evaluate);
}

/**
 * Evaluates before `cached` is asked, which then waits for this evaluation, or finds its answer; only where the answer can be kept.
 * Never rejects: what is wrong here is wrong there too, and told there.
 */
export async function ahead<T>(question: Question<T>, evaluate: Evaluate<T>): Promise<void> {
  const key = await keyOf(question);
  if (key !== undefined) await answerOf(key, question, evaluate).catch(() => undefined);
}

/** The answer, where it is certain without an evaluation. */
export async function known<T>(question: Question<T>): Promise<T | undefined> {
  const key = await keyOf(question);
  return key === undefined ? undefined : (await readEntry(key, question.schema))?.answer;
}

async function answerOf<T>(key: string, question: Question<T>, evaluate: Evaluate<T>): Promise<Evaluated<T>> {
  return (await readEntry(key, question.schema)) ?? evaluateOnce(key, question, evaluate);
}

// The evaluations that are under way, by their keys. A key stands for one question, so its answer has that one's type.
const underWay = new Map<string, Promise<Evaluated<unknown>>>();

/** Waits for an evaluation of the same that is under way, where there is one. */
async function evaluateOnce<T>(key: string, question: Question<T>, evaluate: Evaluate<T>): Promise<Evaluated<T>> {
  const running = underWay.get(key) as Promise<Evaluated<T>> | undefined;
  if (running !== undefined) return running;
  const started = evaluateAndKeep(key, question, evaluate).finally(() => underWay.delete(key));
  underWay.set(key, started);
  return started;
}

async function evaluateAndKeep<T>(key: string, question: Question<T>, evaluate: Evaluate<T>): Promise<Evaluated<T>> {
  const evaluated = await evaluate(question);
  // A file that was edited meanwhile may have been read before or after.
  if ((await keyOf(question)) === key) await writeEntry(key, evaluated);
  return evaluated;
}

/** The same for the same answer; undefined where that is not certain, or not wanted. */
async function keyOf({ configuration, projection }: Question<unknown>): Promise<string | undefined> {
  if (process.env[switchVariable] === 'off') return undefined;
  try {
    const state = configuration.kind === 'flake' ? await flakeState(configuration) : await channelState(configuration);
    return createHash('sha256')
      .update(JSON.stringify({ version, question: projection, state }))
      .digest('hex');
  } catch {
    // Whatever is wrong, the evaluation itself will tell.
    return undefined;
  }
}
