import { ConcurrentUpdateError, type EngineEvent, LocalWorkspace, Stack } from '@pulumi/pulumi/automation/index.js';
import pRetry from 'p-retry';
import { messageOf } from '../../provider/errors.ts';
import { describeStep, plainText } from './steps.ts';

/** What the engine is asked for one stack. */
export type Operation = 'preview' | 'up' | 'refresh';

export interface EngineRun {
  /** What changed, or would change, a line each. */
  readonly changes: readonly string[];
  /** What the engine and the resources said of why it failed; undefined where it did not. */
  readonly failure: string | undefined;
}

export interface EngineOptions {
  /** Directory of Pulumi.yaml. */
  readonly project: string;
  /** Write cards that the program wants to be written. */
  readonly flash: boolean;
  /** Of the update, as the backend keeps it. */
  readonly message: string;
  /** Told what happens, a line each. */
  readonly tell: (line: string) => void;
}

/** Tries as often where somebody else holds the stack's lock; the last time after about a minute. */
const lockRetries = { retries: 5, minTimeout: 2000, factor: 2 };

/**
 * Has Pulumi's engine work on one stack of the project. Never breaks a lock, and leaves selected the stack that its user has
 * selected.
 */
export async function runEngine(operation: Operation, stack: string, options: EngineOptions): Promise<EngineRun> {
  const run = new Run(operation, stack, options);
  return pRetry(() => run.once(), {
    ...lockRetries,
    shouldRetry: ({ error }) => error instanceof ConcurrentUpdateError,
    onFailedAttempt: ({ error, retriesLeft }) => {
      if (error instanceof ConcurrentUpdateError && retriesLeft > 0)
        options.tell(`waits for the stack's lock: ${lockHolder(error.message)}`);
    },
  }).catch((error: unknown) => ({ changes: run.changes, failure: run.failure(error) }));
}

class Run {
  changes: string[] = [];
  #errors: string[] = [];
  readonly #operation: Operation;
  readonly #stack: string;
  readonly #options: EngineOptions;

  constructor(operation: Operation, stack: string, options: EngineOptions) {
    this.#operation = operation;
    this.#stack = stack;
    this.#options = options;
  }

  async once(): Promise<EngineRun> {
    [this.changes, this.#errors] = [[], []];
    const stack = await openStack(this.#stack, this.#options);
    const onEvent = (event: EngineEvent): void => {
      this.#hear(event);
    };
    const { message } = this.#options;
    if (this.#operation === 'preview') await stack.preview({ onEvent, color: 'never' });
    else await stack[this.#operation]({ onEvent, color: 'never', message });
    return { changes: this.changes, failure: undefined };
  }

  failure(error: unknown): string {
    if (error instanceof ConcurrentUpdateError)
      return `somebody else works on this stack: ${lockHolder(error.message)}`;
    return this.#errors.length > 0 ? this.#errors.join('\n') : saidByCommand(messageOf(error));
  }

  #hear({ resourcePreEvent, diagnosticEvent }: EngineEvent): void {
    if (resourcePreEvent !== undefined) {
      const step = describeStep(resourcePreEvent.metadata);
      if (step === undefined) return;
      this.changes.push(step);
      this.#options.tell(step);
    }
    if (diagnosticEvent === undefined || diagnosticEvent.message.trim() === '') return;
    const text = plainText(diagnosticEvent.message);
    if (diagnosticEvent.severity === 'error') this.#errors.push(text);
    else if (diagnosticEvent.severity === 'warning' || diagnosticEvent.ephemeral === true) this.#options.tell(text);
  }
}

async function openStack(name: string, { project, flash }: EngineOptions): Promise<Stack> {
  const envVars: Record<string, string> = flash ? {} : { NIXOS_PI_FLASH: 'never' };
  const workspace = await LocalWorkspace.create({ workDir: project, envVars });
  // Every command names its stack.
  workspace.selectStack = () => Promise.resolve();
  return Stack.select(name, workspace);
}

/** What the CLI itself said, of all that the SDK reports of a command that failed. */
export function saidByCommand(message: string): string {
  const errors = [...message.matchAll(/^error: (.+)$/gm)].map(([, text]) => text ?? '');
  return errors.length > 0 ? [...new Set(errors)].join('\n') : message;
}

/** Who holds a lock, from what a self-managed backend says: `created by ada@desk (pid 4711) at …`. */
export function lockHolder(message: string): string {
  return /created by [^\n]*/.exec(message)?.[0].trim() ?? 'somebody else works on it';
}

/** What `pulumi stack export` prints. */
export async function exportedState(name: string, project: string): Promise<string> {
  const stack = await openStack(name, { project, flash: false, message: '', tell: () => undefined });
  return JSON.stringify(await stack.exportStack());
}
