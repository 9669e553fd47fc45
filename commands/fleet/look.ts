import { readRunningSystem, type RunningSystem } from '../../provider/activation/running-system.ts';
import type { Context } from '../../provider/context.ts';
import { ProvisioningError, messageOf } from '../../provider/errors.ts';
import { nixConfiguration } from '../../provider/nix/configuration.ts';
import { knownSystem } from '../../provider/nix/evaluate.ts';
import type { SshConnection } from '../../provider/ssh/connection.ts';
import { UnreachableError } from '../../provider/ssh/errors.ts';
import { awaitGreeting } from '../../provider/ssh/greeting.ts';
import { withSession } from '../../provider/ssh/session.ts';
import { resolveSshTarget, type SshTarget } from '../../provider/ssh/target.ts';
import { noteContact } from './last-contact.ts';
import type { PiRecord } from './pi-record.ts';
import type { ProjectConfig, StackConfig } from './project-config.ts';
import { withoutSecretHost } from './secret-host.ts';
import { wantedSystem } from './wanted-system.ts';

/** How long a Pi may take to answer: as long as a person likes to wait, who wants to see how all stand. */
const answerSeconds = 5;

/** Why it is not known what a Pi runs. */
export interface Unknown {
  /** `offline`: it does not answer. `refused`: something answers, but another machine, or it lets nobody in. */
  readonly kind: 'offline' | 'refused';
  readonly reason: string;
}

export function isUnknown(answer: object): answer is Unknown {
  return 'kind' in answer;
}

/** What a Pi runs, or the reason why that cannot be told. */
export function lookAtPi(record: Reachable): Promise<RunningSystem | Unknown> {
  return atPi(record, (connection) => readRunningSystem(connection));
}

/** Why nothing answers where a Pi is to be, after so many seconds; undefined where something does, whoever it is. */
export async function whySilent(record: Reachable, seconds: number): Promise<string | undefined> {
  const found = await towards(record, (target) => awaitGreeting(target, seconds).then(() => ({})));
  return isUnknown(found) && found.kind === 'offline' ? found.reason : undefined;
}

/** Does something over a connection to a Pi, and notes that it answered; or the reason why that cannot be done. */
export function atPi<T extends object>(
  record: Reachable,
  work: (opened: SshConnection) => Promise<T>,
): Promise<T | Unknown> {
  const impatient = { graceSeconds: 0 };
  return towards(record, async (target) => {
    const found = await withSession(silent, target, answerSeconds, (session) => session.use(work), impatient);
    await noteContact(record.connection);
    return found;
  });
}

type Reachable = Pick<PiRecord, 'connection' | 'hasSecretHost'>;

async function towards<T extends object>(
  record: Reachable,
  work: (target: SshTarget) => Promise<T>,
): Promise<T | Unknown> {
  const names = [record.connection.host];
  try {
    const target = await resolveSshTarget(record.connection);
    names.push(target.hostname);
    return await work(target);
  } catch (error) {
    const reason = error instanceof ProvisioningError ? error.problem.what : messageOf(error);
    return {
      kind: error instanceof UnreachableError ? 'offline' : 'refused',
      reason: withoutSecretHost(reason, record, names),
    };
  }
}

/**
 * The store path that a Pi is certain to be given by the next deployment; undefined where it is not certain: a configuration would
 * have to be evaluated, or a program to be run that may name another one now.
 *
 * @param config of the stack; undefined where it is not known.
 */
export async function desiredPath(
  stack: string,
  record: Pick<PiRecord, 'name' | 'configuration' | 'storePath'>,
  config: StackConfig | undefined,
  project: ProjectConfig,
): Promise<string | undefined> {
  const wanted = wantedSystem(stack, record, config, project);
  if (typeof wanted === 'object') return wanted.storePath;
  if (wanted === 'not certain') return undefined;
  const known = await evaluated(record.configuration, project.directory);
  return wanted === 'by its program' && known === record.storePath ? undefined : known;
}

async function evaluated(configuration: PiRecord['configuration'], directory: string): Promise<string | undefined> {
  try {
    return (await knownSystem(nixConfiguration(configuration, directory)))?.storePath;
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
