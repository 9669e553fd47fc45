import PQueue from 'p-queue';
import { messageOf } from '../../provider/errors.ts';
import { evaluateSystem } from '../../provider/nix/evaluate.ts';
import { nixConfiguration } from '../../provider/nix/configuration.ts';
import { type EngineOptions, type Operation, exportedState, runEngine } from './engine.ts';
import { lookAtPi } from './look.ts';
import type { Outcome } from './outcome.ts';
import { type PiRecord, piRecords } from './pi-record.ts';

export interface FleetOptions {
  /** Directory of Pulumi.yaml. */
  readonly project: string;
  /** How many stacks at a time. */
  readonly parallel: number;
  /** Go on although some failed. */
  readonly keepGoing: boolean;
  /** Write cards that the programs want to be written. */
  readonly flash: boolean;
  readonly message: string;
  readonly tell: (stack: string, line: string) => void;
}

/**
 * Works on stacks, wave by wave, some at a time. One that fails keeps those after it from beginning; a Pi that does not answer
 * is pending, and holds nobody up.
 *
 * @returns an outcome for each stack, in the order of the waves.
 */
export async function runFleet(
  operation: Operation,
  waves: readonly (readonly string[])[],
  options: FleetOptions,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const hasFailed = (): boolean => outcomes.some(({ result }) => result === 'failed');
  const isCanaryMissing = (): boolean => waves.length > 1 && outcomes[0]?.result === 'pending';
  for (const wave of waves) {
    const mayBegin = (): boolean => options.keepGoing || !(hasFailed() || (outcomes.length > 0 && isCanaryMissing()));
    const queue = new PQueue({ concurrency: options.parallel });
    await queue.addAll(
      wave.map((stack) => async () => {
        outcomes.push(mayBegin() ? await runOne(operation, stack, options) : heldBack(stack, outcomes));
      }),
    );
  }
  const order = waves.flat();
  return outcomes.sort((a, b) => order.indexOf(a.stack) - order.indexOf(b.stack));
}

async function runOne(operation: Operation, stack: string, options: FleetOptions): Promise<Outcome> {
  const start = performance.now();
  const ended = (outcome: Omit<Outcome, 'stack' | 'seconds'>): Outcome => ({
    stack,
    ...outcome,
    seconds: (performance.now() - start) / 1000,
  });
  const tell = (line: string): void => {
    options.tell(stack, line);
  };
  try {
    const engine = { ...options, tell };
    const obstacle = operation === 'preview' ? undefined : await whyNotNow(operation, stack, engine);
    if (obstacle !== undefined) return ended({ result: 'pending', changes: [], reason: obstacle });
    const { changes, failure } = await runEngine(operation, stack, engine);
    if (failure !== undefined)
      return ended({ result: wantsCard(failure) ? 'pending' : 'failed', changes, reason: failure });
    return ended({ result: changes.length > 0 ? 'changed' : 'unchanged', changes });
  } catch (error) {
    return ended({ result: 'failed', changes: [], reason: messageOf(error) });
  }
}

/** Why a stack has to wait; undefined where its turn is now. */
async function whyNotNow(operation: Operation, stack: string, options: EngineOptions): Promise<string | undefined> {
  const records = piRecords(await exportedState(stack, options.project));
  for (const record of records) {
    const answer = await lookAtPi(record);
    if (typeof answer === 'string') return answer;
  }
  if (operation === 'refresh' || options.flash || records.length > 0) return undefined;
  // The image would be built before the card is found to be missing.
  const { failure } = await runEngine('preview', stack, { ...options, tell: () => undefined });
  return failure !== undefined && wantsCard(failure) ? failure : undefined;
}

/** The resource that would write a card was told not to. */
function wantsCard(failure: string): boolean {
  return failure.includes('NIXOS_PI_FLASH=never');
}

function heldBack(stack: string, outcomes: readonly Outcome[]): Outcome {
  const first = outcomes.find(({ result }) => result === 'failed' || result === 'pending');
  const reason = `not begun, because of ${first?.stack ?? 'another one'}`;
  return { stack, result: 'held back', changes: [], reason, seconds: 0 };
}

/**
 * Evaluates all configurations in this process, which knows how much memory there is: the programs then find the answers in the
 * cache, instead of each evaluating at the same time. What cannot be evaluated is told by its own program.
 */
export async function evaluateAll(records: readonly PiRecord[], project: string): Promise<void> {
  await Promise.allSettled(
    records
      .filter(({ configuration: { configuration, flake } }) => configuration !== undefined || flake !== undefined)
      .map(({ configuration }) => evaluateSystem(nixConfiguration(configuration, project), () => undefined)),
  );
}
