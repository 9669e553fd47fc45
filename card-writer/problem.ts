/** What went wrong with a card, in the words of the person who has to mend it. Plain data: it crosses to another process. */
export interface Problem {
  /** What happened, as one sentence that names the device. */
  readonly what: string;
  /** What to do next. */
  readonly remedy?: string;
  /** The original text of the tool or system call that failed. */
  readonly original?: string;
}

/** Why nothing, or nothing more, is done to a card. */
export class CardError extends Error {
  override readonly name = 'CardError';
  readonly problem: Problem;

  constructor(problem: Problem, options?: ErrorOptions) {
    super(problem.what, options);
    this.problem = problem;
  }
}

/** The problem behind anything that was thrown. */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof CardError) return thrown.problem;
  return {
    what: 'The card writer has a defect.',
    original: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown),
  };
}
