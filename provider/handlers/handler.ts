import type { z } from 'zod';
import type { Context } from '../context.ts';

/**
 * What a resource does, as plain functions of a context and plain data. Knows nothing of who serves it.
 *
 * `Outputs` holds the inputs that were carried out and what came of it: `diff` compares wishes with what was done, because
 * after a change that was no change Pulumi's state keeps the new inputs beside the old outputs.
 */
export interface Handler<Inputs extends object, Outputs extends object> {
  /** Shape, defaults and rules of the inputs; a value that a preview does not know yet is left out before parsing. */
  readonly schema: z.ZodObject<Record<string, z.ZodType>>;
  /**
   * Rules that need a look at this machine. Never touches anything. What a preview does not know yet is left out, at any depth.
   * `previous` is undefined for a new resource, also for one that replaces another; `unknown` names the inputs that are not, or
   * not wholly, known yet.
   */
  readonly validate?: (
    context: Context,
    inputs: Partial<Inputs>,
    previous: Inputs | undefined,
    unknown: readonly string[],
  ) => Promise<Failure[]>;
  /** What a look at this machine shows that carrying out has to find again, as further inputs. Called when nothing is invalid. */
  readonly observe?: (inputs: Partial<Inputs>, previous: Inputs | undefined) => Promise<Partial<Inputs>>;
  /** What carrying out these inputs would change. May look at the machine, never touches it, and tells what it found. */
  readonly diff: (
    outputs: Outputs,
    inputs: Partial<Inputs>,
    unknown: readonly string[],
    context: Context,
  ) => Difference | Promise<Difference>;
  readonly create: (context: Context, inputs: Inputs) => Promise<Created<Outputs>>;
  /** What is there now; undefined means that it is gone for certain. Unreachable is not gone: the outputs as they were. */
  readonly read: (context: Context, id: string, outputs: Outputs) => Promise<Outputs | undefined>;
  /** Also finishes a create that failed part of the way. */
  readonly update: (context: Context, id: string, outputs: Outputs, inputs: Inputs) => Promise<Outputs>;
  readonly delete: (context: Context, id: string, outputs: Outputs) => Promise<void>;
}

export interface Created<Outputs> {
  readonly id: string;
  readonly outputs: Outputs;
}

/** A rule that an input breaks. */
export interface Failure {
  readonly property: string;
  readonly reason: string;
}

export interface Difference {
  readonly changes: boolean;
  /** Inputs whose change needs a replacement. */
  readonly replaces?: string[];
  readonly deleteBeforeReplace?: boolean;
}
