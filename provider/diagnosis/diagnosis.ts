/** A text that a tool is known to print, why it does, and what to do about it. */
export interface Diagnosis {
  /** Matches the tool's own words, in English; as much of them as tells them from others. */
  readonly pattern: RegExp;
  /** Why, as a sentence. */
  readonly cause: string;
  /** What to do next, as a sentence. */
  readonly remedy: string;
}
