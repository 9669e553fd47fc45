import { readFile } from 'node:fs/promises';
import type { types } from '@pulumi/command';
import * as pulumi from '@pulumi/pulumi';
import { ProvisioningError } from '../provider/errors.ts';
import type { ConnectionArgs } from '../provider/resources/index.ts';
import { ProgramFailure } from '../provider/resources/program-failure.ts';
import { resolveSshTarget, type SshTargetInputs } from '../provider/ssh/target.ts';

/** The same Pi, login and pinned key for a `remote.Command`, which does not read the user's ssh configuration. */
export function commandConnection(connection: ConnectionArgs): pulumi.Output<types.input.remote.ConnectionArgs> {
  return pulumi.output(connection).apply(async (inputs) => {
    try {
      return await resolveConnection(inputs);
    } catch (error) {
      if (!(error instanceof ProvisioningError)) throw error;
      const failure = failures.get(error.message) ?? new ProgramFailure(error.message);
      failures.set(error.message, failure);
      throw failure;
    }
  });
}

/** The SDK reports each error object once: several checks of one Pi fail for one reason. */
const failures = new Map<string, ProgramFailure>();

/** @throws ProvisioningError for a Pi behind another host. */
export async function resolveConnection(inputs: SshTargetInputs): Promise<types.input.remote.ConnectionArgs> {
  const target = await resolveSshTarget(inputs);
  if (target.proxyCommand !== undefined) throw behindAnotherHost(target.name, target.proxyCommand);
  const privateKey = await firstUsable(target.identityFiles);
  // A `remote.Command` offers all keys of an agent, so where only the named one is to be offered it gets that alone.
  const agentSocketPath = target.identitiesOnly && privateKey !== undefined ? undefined : target.agentSocket;
  return {
    host: target.hostname,
    port: target.port,
    user: target.user,
    hostKey: `${target.hostKey.algorithm} ${target.hostKey.base64}`,
    ...(privateKey === undefined ? {} : { privateKey: pulumi.secret(privateKey) }),
    ...(agentSocketPath === undefined ? {} : { agentSocketPath }),
  };
}

function behindAnotherHost(name: string, proxyCommand: string): ProvisioningError {
  return new ProvisioningError({
    what: `Checks cannot be run on ${name}: your ssh configuration leads to it through another host, which @pulumi/command does not do.`,
    tried: proxyCommand,
    remedy: 'Take `checks` out and use `healthChecks`: they run on the Pi itself, before a deployment is confirmed.',
  });
}

/** A key with a passphrase is left to the agent: a `remote.Command` fails on one, whatever else it is given. */
async function firstUsable(files: readonly string[]): Promise<string | undefined> {
  // Only a program with checks needs it.
  const { default: ssh2 } = await import('ssh2');
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text !== undefined && !(ssh2.utils.parseKey(text) instanceof Error)) return text;
  }
  return undefined;
}
