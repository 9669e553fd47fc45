/** What came of one stack. */
export interface Outcome {
  readonly stack: string;
  readonly result: Result;
  /** What changed, or would change, a line each. */
  readonly changes: readonly string[];
  /** Why it is not done; undefined where it is. */
  readonly reason?: string;
  readonly seconds: number;
}

export type Result =
  /** Something was, or would be, changed. */
  | 'changed'
  | 'unchanged'
  /** Its Pi does not answer, somebody else works on it, or it wants a card: its turn comes with a later run. */
  | 'pending'
  | 'failed'
  /** Ctrl-C. */
  | 'interrupted'
  /** Not begun, because of those before it. */
  | 'held back';

/** Whether something is left to do or to look at. */
export function isLeft({ result }: Outcome): boolean {
  return result !== 'changed' && result !== 'unchanged';
}

/** A row for a person: stack, result, how long it took, what changed and why not. */
export function outcomeRow({ stack, result, changes, reason = '', seconds }: Outcome): string[] {
  const took = seconds === 0 ? '' : `${String(Math.round(seconds))} s`;
  return [stack, result, took, [...changes, reason.trim()].filter(Boolean).join('\n')];
}

/**
 * The exit code of a run: 0 when nothing is left, 130 after Ctrl-C, else 1.
 *
 * @param expectNoChanges something that changes, or would, is left as well.
 */
export function exitCode(outcomes: readonly Outcome[], interrupted: boolean, expectNoChanges = false): number {
  if (interrupted) return 130;
  const isUnexpected = ({ result }: Outcome): boolean => expectNoChanges && result === 'changed';
  return outcomes.some((outcome) => isLeft(outcome) || isUnexpected(outcome)) ? 1 : 0;
}
