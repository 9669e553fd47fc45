/** Something that the person at the keyboard can put right; its message says how. Everything else is a bug of the lab. */
export class LabError extends Error {
  override readonly name = 'LabError';
}
