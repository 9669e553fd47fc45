import { ProvisioningError } from '../errors.ts';
import { UnreachableError } from '../ssh/connection.ts';

/** The Pi may have been changed, but did not say how that ended. */
export class UntoldError extends ProvisioningError {}

/** A deployment whose end is not known. */
export interface UnfinishedDeployment {
  /** The Pi's name. */
  readonly pi: string;
  readonly storePath: string;
}

const lookAgain = 'Run `pulumi up` again: it looks at what the Pi runs, and goes on.';

/** The Pi answers, but not to this. */
export function untold({ pi, storePath }: UnfinishedDeployment, original = ''): UntoldError {
  return new UntoldError({
    what: `${pi} did not say what became of the deployment of ${storePath}.`,
    ...(original === '' ? {} : { original }),
    remedy: lookAgain,
  });
}

/** The Pi did not know of it, and it cannot be started anew; but the start that lost the connection may still get through. */
export function undelivered({ pi, storePath }: UnfinishedDeployment, error: ProvisioningError): UntoldError {
  return new UntoldError(
    {
      what: `The connection to ${pi} was lost when the deployment of ${storePath} was started, and that could not be delivered once more.`,
      original: error.message,
      remedy: lookAgain,
    },
    { cause: error },
  );
}

/** The Pi does not answer any more, until after it has decided by itself. */
export function unanswered(
  { pi, storePath }: UnfinishedDeployment,
  phase: string,
  error: UnreachableError,
): UnreachableError {
  return new UnreachableError(
    {
      what: `${pi} did not answer any more while it was ${phase}, in the deployment of ${storePath}.`,
      original: error.message,
      remedy: `${pi} ends it by itself: it keeps the new system where that was confirmed already (or \`goal\` is \`boot\`), else it goes back. If it does not answer after some minutes, switch its power off and on: what was not confirmed is not what it boots. Then run \`pulumi up\` again: it looks at what runs.`,
    },
    { cause: error },
  );
}
