/**
 * Thrown where it cannot be told from outside what an evaluation reads: then its answer is not cached. No error of the user's;
 * `message` says why, for a person who wonders.
 */
export class Uncertain extends Error {
  override readonly name = 'Uncertain';
}
