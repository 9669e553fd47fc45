import * as pulumi from '@pulumi/pulumi';
import { ProvisioningError } from '../provider/errors.ts';
import type { ConnectionArgs } from '../provider/resources/index.ts';
import { ProgramFailure } from '../provider/resources/program-failure.ts';
import { openSshCommand } from '../provider/ssh/openssh-command.ts';

/**
 * The `interpreter` of a `local.Command` that is run on the Pi. A `remote.Command` takes address, key and agent as inputs: they would be in
 * the state, and each change of one of them a change of the command.
 */
export function commandOverSsh(connection: ConnectionArgs): pulumi.Output<string[]> {
  return pulumi.output(connection).apply((inputs) => {
    try {
      return openSshCommand(inputs);
    } catch (error) {
      throw error instanceof ProvisioningError ? new ProgramFailure(error.message) : error;
    }
  });
}
