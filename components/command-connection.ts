import { readFile } from 'node:fs/promises';
import type { types } from '@pulumi/command';
import * as pulumi from '@pulumi/pulumi';
import ssh2 from 'ssh2';
import type { ConnectionArgs } from '../provider/resources/index.ts';
import { resolveSshTarget } from '../provider/ssh/target.ts';

/** The same Pi, login and pinned key for a `remote.Command`, which does not read the user's ssh configuration. */
export function commandConnection(connection: ConnectionArgs): pulumi.Output<types.input.remote.ConnectionArgs> {
  return pulumi.output(connection).apply(async (inputs) => {
    const target = await resolveSshTarget(inputs);
    const privateKey = await firstUsable(target.identityFiles);
    return {
      host: target.hostname,
      port: target.port,
      user: target.user,
      hostKey: `${target.hostKey.algorithm} ${target.hostKey.base64}`,
      ...(privateKey === undefined ? {} : { privateKey: pulumi.secret(privateKey) }),
      ...(target.agentSocket === undefined ? {} : { agentSocketPath: target.agentSocket }),
    };
  });
}

/** A key with a passphrase is left to the agent: a `remote.Command` fails on one, whatever else it is given. */
async function firstUsable(files: readonly string[]): Promise<string | undefined> {
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text !== undefined && !(ssh2.utils.parseKey(text) instanceof Error)) return text;
  }
  return undefined;
}
