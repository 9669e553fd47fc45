import PQueue from 'p-queue';
import type { Limits } from './hold-back.ts';
import { whyHoldBack } from './hold-back.ts';
import type { Outcome } from './outcome.ts';

export interface FleetOptions extends Limits {
  /** How many stacks at a time. */
  readonly parallel: number;
  /** Aborted: nothing more is begun. */
  readonly signal: AbortSignal;
  /** Works on one stack. Never rejects. */
  readonly takeTurn: (stack: string) => Promise<Outcome>;
  readonly onEnd: (outcome: Outcome) => void;
}

/**
 * Works on stacks, wave by wave, some at a time. What runs is brought to its end, whatever comes of the others; whether a further
 * one begins, {@link whyHoldBack} decides.
 *
 * @returns an outcome for each stack, in the order of the waves.
 */
export async function runFleet(waves: readonly (readonly string[])[], options: FleetOptions): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const turn = async (stack: string): Promise<void> => {
    const reason = options.signal.aborted ? 'not begun, because of Ctrl-C' : whyHoldBack(outcomes, options);
    const held = { stack, result: 'held back', changes: [], seconds: 0 } as const;
    const outcome = reason === undefined ? await options.takeTurn(stack) : { ...held, reason };
    outcomes.push(outcome);
    options.onEnd(outcome);
  };
  for (const wave of waves) {
    const queue = new PQueue({ concurrency: options.parallel });
    await queue.addAll(wave.map((stack) => () => turn(stack)));
  }
  const order = waves.flat();
  return outcomes.sort((a, b) => order.indexOf(a.stack) - order.indexOf(b.stack));
}
