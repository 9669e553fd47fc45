import type { Context } from '../context.ts';
import { messageOf, ProvisioningError } from '../errors.ts';
import { type SshSession, withSession } from '../ssh/session.ts';
import { resolveSshTarget, type SshTargetInputs } from '../ssh/target.ts';

/**
 * Reads a Pi for a refresh. A Pi that does not answer is not gone: what is recorded stays, with a warning. It is not waited for
 * as a deployment waits: that would hold up a refresh, also the one before `destroy`, for a Pi that may be switched off.
 *
 * @param timeoutSeconds how long to wait for an answer; default 10.
 */
export async function readOrKeep<Outputs extends { connection: SshTargetInputs }>(
  context: Context,
  outputs: Outputs,
  read: (session: SshSession) => Promise<Outputs>,
  timeoutSeconds = 10,
): Promise<Outputs> {
  try {
    const target = await resolveSshTarget(outputs.connection);
    return await withSession(context, target, timeoutSeconds, read);
  } catch (error) {
    if (!(error instanceof ProvisioningError)) throw error;
    context.log.warn(`${outputs.connection.host} could not be read; what was recorded is kept. ${messageOf(error)}`);
    return outputs;
  }
}
