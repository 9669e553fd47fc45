import { type EngineEvent, LocalWorkspace, PulumiCommand, Stack } from '@pulumi/pulumi/automation/index.js';
import pRetry from 'p-retry';
import { messageOf } from '../../provider/errors.ts';
import { EngineError, interruptible } from './engine-command.ts';
import { Heard, type Said } from './heard.ts';
import type { Interruption } from './interruption.ts';
import { lockedReason, lockIn, waitsFor } from './lock.ts';
import type { Tell } from './told.ts';

/** What the engine is asked for one stack. */
export type Operation = 'preview' | 'up' | 'refresh';

export interface EngineRun {
  /** What changed, or would change, a line each. */
  readonly changes: readonly string[];
  /** Why it did not succeed; undefined where it did. */
  readonly failure: EngineFailure | undefined;
}

export interface EngineFailure {
  /** `locked`: somebody else works on the stack. `interrupted`: by Ctrl-C. `wants a card`: which this run writes none of. */
  readonly kind: 'failed' | 'locked' | 'interrupted' | 'wants a card';
  /** What the engine and the resources said. */
  readonly reason: string;
}

export interface RunOptions {
  /** URNs of resources that are left as they are, with what depends on them. */
  readonly exclude: readonly string[];
  readonly tell: Tell;
}

export interface EngineOptions {
  /** Directory of Pulumi.yaml. */
  readonly project: string;
  /** Write cards that the programs want to be written. */
  readonly flash: boolean;
  /** Of the updates, as the backend keeps it. */
  readonly message: string;
  /** Added to the environment of the engines and of what they start. */
  readonly env: Readonly<Record<string, string>>;
  readonly interruption: Interruption;
}

/** Tries as often where somebody else holds a stack's lock; the last time after about a minute. */
const lockRetries = { retries: 5, minTimeout: 2000, factor: 2 };

/**
 * Pulumi's engine, for the stacks of one project. Never breaks a lock, and leaves selected the stack that its user has selected.
 */
export class Engine {
  readonly #options: EngineOptions;
  readonly #workspace: LocalWorkspace;

  private constructor(options: EngineOptions, workspace: LocalWorkspace) {
    this.#options = options;
    this.#workspace = workspace;
  }

  /** @throws Error when there is no CLI, or one that is too old. */
  static async open(options: EngineOptions): Promise<Engine> {
    const flash: Record<string, string> = options.flash ? {} : { NIXOS_PI_FLASH: 'never' };
    const workspace = await LocalWorkspace.create({
      workDir: options.project,
      envVars: { ...options.env, ...flash },
      pulumiCommand: interruptible(await PulumiCommand.get(), options.interruption),
    });
    // Every command names its stack.
    workspace.selectStack = () => Promise.resolve();
    return new Engine(options, workspace);
  }

  /** Works on one stack. Where it is locked it tries again for about a minute. */
  async run(operation: Operation, stack: string, options: RunOptions): Promise<EngineRun> {
    const { signal } = this.#options.interruption;
    let heard = new Heard(options.tell);
    const attempt = async (): Promise<void> => {
      heard = new Heard(options.tell);
      await this.#once(operation, stack, options, heard);
    };
    try {
      await pRetry(attempt, {
        ...lockRetries,
        signal,
        shouldRetry: ({ error }) => heldLock(error) !== undefined,
        onFailedAttempt: ({ error, retriesLeft }) => {
          const lock = heldLock(error);
          if (lock !== undefined && retriesLeft > 0)
            options.tell({ kind: 'status', phase: 'waits for the lock', text: waitsFor(lock) });
        },
      });
      return { changes: heard.changes, failure: undefined };
    } catch (error) {
      return { changes: heard.changes, failure: failureOf(stack, error, heard.errors, signal.aborted) };
    }
  }

  async #once(operation: Operation, name: string, { exclude }: RunOptions, heard: Heard): Promise<void> {
    const stack = await Stack.select(name, this.#workspace);
    // The Automation API asks for them after each run, which takes three more processes.
    stack.outputs = () => Promise.resolve({});
    stack.info = () => Promise.resolve(undefined);
    const onEvent = (event: EngineEvent): void => {
      heard.hear(event);
    };
    const excluded = exclude.length > 0 ? { exclude: [...exclude], excludeDependents: true } : {};
    const options = { onEvent, color: 'never', suppressProgress: true, suppressOutputs: true, ...excluded } as const;
    if (operation === 'preview') await stack.preview(options);
    else await stack[operation]({ ...options, message: this.#options.message });
  }
}

function heldLock(error: unknown): ReturnType<typeof lockIn> {
  return error instanceof EngineError ? lockIn(error.printed) : undefined;
}

function failureOf(stack: string, error: unknown, said: readonly Said[], interrupted: boolean): EngineFailure {
  const lock = heldLock(error);
  if (lock !== undefined) return { kind: 'locked', reason: lockedReason(stack, lock) };
  const reason = said.length > 0 ? said.map(({ text }) => text).join('\n') : saidByCommand(messageOf(error));
  if (interrupted) return { kind: 'interrupted', reason };
  return { kind: wantsCard(said) ? 'wants a card' : 'failed', reason };
}

/** Nothing failed but what would write a card, and was told not to. Others may quote anything, a Pi's words for example. */
export function wantsCard(errors: readonly Said[]): boolean {
  const ofResources = errors.filter(({ urn }) => urn !== '' && !urn.includes('::pulumi:pulumi:Stack::'));
  const isWish = ({ urn, text }: Said) => urn.includes(':FlashedCard::') && text.includes('NIXOS_PI_FLASH=never');
  return ofResources.length > 0 && ofResources.every(isWish);
}

/** What the CLI itself said, of all that it printed when it failed. */
export function saidByCommand(printed: string): string {
  const errors = [...printed.matchAll(/^error: (.+)$/gm)].map(([, text]) => text ?? '');
  return errors.length > 0 ? [...new Set(errors)].join('\n') : printed;
}
