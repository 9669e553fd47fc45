import type { Problem } from '../../errors.ts';

/** Who wanted to become root where: for messages. */
export interface Login {
  readonly user: string;
  /** The Pi, as the person names it. */
  readonly name: string;
}

/** A program by which a login becomes root. Each is one file. */
export interface ElevationProgram {
  /** Its name on PATH. */
  readonly program: string;
  /** Runs a command as root, or fails where that needs a password. */
  readonly withoutPassword: (argv: readonly string[]) => string[];
  /**
   * Runs a command as root, and reads a password from standard input after it printed the prompt to standard error.
   * Undefined where the program reads passwords from a terminal only.
   */
  readonly withPassword?: (argv: readonly string[], prompt: string) => string[];
  /** Why it refused, from what it printed to standard error; undefined where that is none of its own texts. */
  readonly refusal: (stderr: string, login: Login) => Problem | undefined;
}

/** A text of an elevation program, and what it means. */
export interface Refusal {
  readonly pattern: RegExp;
  readonly what: (login: Login) => string;
  readonly remedy: (login: Login) => string;
}

/** The refusals of a program as its `refusal`: the first that matches is told. */
export function refusalFrom(refusals: readonly Refusal[]): ElevationProgram['refusal'] {
  return (stderr, login) => {
    const found = refusals.find(({ pattern }) => pattern.test(stderr));
    return found && { what: found.what(login), original: stderr, remedy: found.remedy(login) };
  };
}
