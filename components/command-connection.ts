import { readFile } from 'node:fs/promises';
import type { types } from '@pulumi/command';
import * as pulumi from '@pulumi/pulumi';
import type { ConnectionArgs } from '../provider/resources/index.ts';
import { resolveSshTarget } from '../provider/ssh/target.ts';

/** The same Pi, login and pinned key for a `remote.Command`, which does not read the user's ssh configuration. */
export function commandConnection(connection: ConnectionArgs): pulumi.Output<types.input.remote.ConnectionArgs> {
  return pulumi.output(connection).apply(async (inputs) => {
    const target = await resolveSshTarget(inputs);
    const privateKey = await firstReadable(target.identityFiles);
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

async function firstReadable(files: readonly string[]): Promise<string | undefined> {
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text !== undefined) return text;
  }
  return undefined;
}
