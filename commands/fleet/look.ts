import { readRunningSystem, type RunningSystem } from '../../provider/activation/running-system.ts';
import type { Context } from '../../provider/context.ts';
import { ProvisioningError, messageOf } from '../../provider/errors.ts';
import { nixConfiguration } from '../../provider/nix/configuration.ts';
import { knownSystem } from '../../provider/nix/evaluate.ts';
import type { SshConnection } from '../../provider/ssh/connection.ts';
import { UnreachableError } from '../../provider/ssh/errors.ts';
import { withSession } from '../../provider/ssh/session.ts';
import { resolveSshTarget } from '../../provider/ssh/target.ts';
import { configValue } from '../pulumi-cli.ts';
import { noteContact } from './last-contact.ts';
import { isNamed, type PiRecord } from './pi-record.ts';
import { withoutSecretHost } from './secret-host.ts';

/** Why it is not known what a Pi runs. */
export interface Unknown {
  /** `offline`: it does not answer. `refused`: something answers, but another machine, or it lets nobody in. */
  readonly kind: 'offline' | 'refused';
  readonly reason: string;
}

export function isUnknown(answer: object): answer is Unknown {
  return 'kind' in answer;
}

/**
 * What a Pi runs, or the reason why that cannot be told.
 *
 * @param answerSeconds how long it may take to answer; default: as long as a person likes to wait, who wants to see how all stand.
 */
export function lookAtPi(
  record: Pick<PiRecord, 'connection' | 'hasSecretHost'>,
  answerSeconds?: number,
): Promise<RunningSystem | Unknown> {
  return atPi(record, (connection) => readRunningSystem(connection), answerSeconds);
}

/** Does something over a connection to a Pi, and notes that it answered; or the reason why that cannot be done. */
export async function atPi<T extends object>(
  record: Pick<PiRecord, 'connection' | 'hasSecretHost'>,
  work: (opened: SshConnection) => Promise<T>,
  answerSeconds = 5,
): Promise<T | Unknown> {
  const { connection } = record;
  const names = [connection.host];
  try {
    const target = await resolveSshTarget(connection);
    names.push(target.hostname);
    const impatient = { graceSeconds: 0 };
    const found = await withSession(silent, target, answerSeconds, (session) => session.use(work), impatient);
    await noteContact(connection);
    return found;
  } catch (error) {
    const reason = error instanceof ProvisioningError ? error.problem.what : messageOf(error);
    return {
      kind: error instanceof UnreachableError ? 'offline' : 'refused',
      reason: withoutSecretHost(reason, record, names),
    };
  }
}

/**
 * The store path that a Pi's configuration is certain to evaluate to; undefined where it would have to be evaluated. A Pi that was
 * given a store path is certain as long as its stack's config still says so: the state tells no configuration then.
 */
export async function desiredPath(
  stack: string,
  { configuration }: Pick<PiRecord, 'configuration'>,
  project: string,
): Promise<string | undefined> {
  if (!isNamed(configuration)) {
    const given = await configValue(stack, 'storePath');
    return given?.startsWith('/nix/store/') === true ? given : undefined;
  }
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
