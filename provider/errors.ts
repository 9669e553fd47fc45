/**
 * What went wrong, in the words of the person who has to mend it.
 */
export interface Problem {
  /** What happened, as one sentence. Names the Pi, device or file it happened to. */
  readonly what: string;
  /** What was tried when it happened: a command ready to paste, a path, an address. */
  readonly tried?: string;
  /** What to do next. */
  readonly remedy?: string;
  /** The original text of the tool that failed. */
  readonly original?: string;
}

/**
 * The one family of errors of this provider. `message` holds everything, because it is all that the engine prints.
 *
 * @example
 * throw new ProvisioningError({
 *   what: 'The device /dev/disk/by-id/usb-Reader does not exist.',
 *   remedy: 'Put the card into the reader and look at `ls -l /dev/disk/by-id`.',
 * });
 */
export class ProvisioningError extends Error {
  override readonly name: string = 'ProvisioningError';
  readonly problem: Problem;

  constructor(problem: Problem, options?: ErrorOptions) {
    super(describe(problem), options);
    this.problem = problem;
  }

  /** The same error with a remedy, for a caller that knows more than the place where it was raised. */
  withRemedy(remedy: string): ProvisioningError {
    return new ProvisioningError({ ...this.problem, remedy }, { cause: this });
  }
}

/**
 * A resource was made or changed on the machine or the card, but not finished. The state keeps what is known of it, and
 * the next `pulumi up` calls `update`, which has to finish it.
 */
export class PartialFailure extends ProvisioningError {
  override readonly name: string = 'PartialFailure';
  /** The resource's id, for a create that failed part of the way. */
  readonly id: string;
  readonly outputs: object;

  constructor(problem: Problem, id: string, outputs: object, options?: ErrorOptions) {
    super(problem, options);
    this.id = id;
    this.outputs = outputs;
  }
}

/** The text of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Node's code of a failed system call or decoder, for example `EBUSY` or `ZSTD_error_checksum_wrong`. */
export function codeOf(thrown: unknown): string | undefined {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown ? String(thrown.code) : undefined;
}

function describe({ what, tried, remedy, original }: Problem): string {
  return [
    what,
    tried && `tried: ${tried}`,
    original && `it said:\n${indent(original.trim())}`,
    remedy && `what to do: ${remedy}`,
  ]
    .filter(Boolean)
    .join('\n  ');
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `      ${line}`)
    .join('\n');
}
