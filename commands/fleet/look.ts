import { readRunningSystem, type RunningSystem } from '../../provider/activation/running-system.ts';
import type { Context } from '../../provider/context.ts';
import { ProvisioningError, messageOf } from '../../provider/errors.ts';
import { nixConfiguration } from '../../provider/nix/configuration.ts';
import { knownSystem } from '../../provider/nix/evaluate.ts';
import { withSession } from '../../provider/ssh/session.ts';
import { resolveSshTarget } from '../../provider/ssh/target.ts';
import type { PiRecord } from './pi-record.ts';

/** How long a Pi may take to answer, in seconds. One that is switched off holds nobody up for longer. */
const answerSeconds = 10;

/** What a Pi runs, or the reason why that cannot be told. */
export async function lookAtPi({ connection }: PiRecord): Promise<RunningSystem | string> {
  try {
    const target = await resolveSshTarget(connection);
    return await withSession(silent, target, answerSeconds, (session) => session.use(readRunningSystem));
  } catch (error) {
    return error instanceof ProvisioningError ? error.problem.what : messageOf(error);
  }
}

/** The store path that a Pi's configuration is certain to evaluate to; undefined where it would have to be evaluated. */
export async function desiredPath(
  { configuration, storePath }: PiRecord,
  project: string,
): Promise<string | undefined> {
  const { configuration: file, flake } = configuration;
  if (file === undefined && flake === undefined) return storePath;
  try {
    return (await knownSystem(nixConfiguration(configuration, project)))?.storePath;
  } catch {
    return undefined;
  }
}

const silent: Context = {
  log: { info: () => undefined, warn: () => undefined },
  progress: () => undefined,
  signal: new AbortController().signal,
  urn: undefined,
};
