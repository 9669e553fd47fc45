/** What a handler gets from whoever serves it. Handlers read no globals and print nothing themselves. */
export interface Context {
  /** A line for the user that stays in the final output. */
  readonly log: Log;
  /** A line that shows what is happening now; replaced by the next one and left out of the final output. */
  readonly progress: (message: string) => void;
  /** Ends the work when aborted: the engine is gone. Its wish to stop while it lives does not reach a dynamic provider. */
  readonly signal: AbortSignal;
  /** The resource's address in the stack; undefined where the caller does not know it. */
  readonly urn: string | undefined;
}

/** What long work needs of it. */
export type Watch = Pick<Context, 'signal' | 'progress'>;

export interface Log {
  readonly info: (message: string) => void;
  readonly warn: (message: string) => void;
}
