import type { Outcome } from './outcome.ts';

/** When a run begins no further stacks. */
export interface Limits {
  /** After so many that failed; Infinity: however many do. */
  readonly stopAfter: number;
  /** The others only begin when this one is done; undefined: there is none. */
  readonly canary: string | undefined;
}

/**
 * Why no further stack is begun, given what came of those before it; undefined where the next one may begin. What is pending holds
 * nobody up, unless it is the canary: then nobody knows yet whether it works.
 */
export function whyHoldBack(outcomes: readonly Outcome[], { stopAfter, canary }: Limits): string | undefined {
  const first = outcomes.find(({ stack }) => stack === canary);
  if (first !== undefined && first.result !== 'changed' && first.result !== 'unchanged') return because([first]);
  const failed = outcomes.filter(({ result }) => result === 'failed');
  return failed.length >= stopAfter ? because(failed) : undefined;
}

function because(outcomes: readonly Outcome[]): string {
  return `not begun, because of ${outcomes.map(({ stack }) => stack).join(', ')}`;
}
