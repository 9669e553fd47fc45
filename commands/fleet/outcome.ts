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
  /** It does not answer; its turn comes with a later run. */
  | 'pending'
  | 'failed'
  /** Not begun, because of those before it. */
  | 'held back';

/** Whether something is left to do or to look at. */
export function isLeft({ result }: Outcome): boolean {
  return result === 'pending' || result === 'failed' || result === 'held back';
}

/** A row for a person: stack, result, what changed or why not, how long it took. */
export function outcomeRow({ stack, result, changes, reason, seconds }: Outcome): string[] {
  const took = seconds === 0 ? '' : `${String(Math.round(seconds))} s`;
  return [stack, result, reason?.trim() ?? changes.join('\n'), took];
}
