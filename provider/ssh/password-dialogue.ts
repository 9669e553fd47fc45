import type { Writable } from 'node:stream';

/** How a password is given to a command that may ask for it, so that it can never become the command's own input. */
export interface PasswordDialogue {
  /** What the command prints to standard error when it wants the password. */
  readonly prompt: string;
  readonly answer: string;
  /** What the command prints to standard error, as a line of its own, when it starts; only then it gets its standard input. */
  readonly started: string;
}

/**
 * Follows a command's standard error: answers the first prompt, and calls `begin` when the command starts. A second prompt
 * means that the password is wrong, and ends the input.
 *
 * @returns gives what of a chunk is the command's own standard error.
 */
export function passwordListener(
  { prompt, answer, started }: PasswordDialogue,
  input: Writable,
  begin: () => void,
): (chunk: Buffer) => Buffer {
  let heard = Buffer.alloc(0);
  let answered = false;
  let begun = false;
  return (chunk) => {
    if (begun) return chunk;
    heard = Buffer.concat([heard, chunk]);
    const start = heard.indexOf(`${started}\n`);
    if (start !== -1) {
      begun = true;
      begin();
      return heard.subarray(start + started.length + 1);
    }
    if (heard.includes(prompt)) {
      heard = Buffer.alloc(0);
      if (answered) input.end();
      else input.write(`${answer}\n`);
      answered = true;
    }
    return Buffer.alloc(0);
  };
}
