import type { RunningSystem } from '../../provider/activation/running-system.ts';
import { isUnknown, type Unknown } from './look.ts';
import { piLabel, type PiRecord } from './pi-record.ts';
import { shownHost } from './secret-host.ts';

/** How a Pi stands to its stack. */
export type Standing =
  /** It runs what was deployed, and its configuration says nothing else, as far as that is certain. */
  | 'current'
  /** Its configuration says something else. */
  | 'pending'
  /** It runs something that its stack did not deploy. */
  | 'drifted'
  | 'offline'
  /** Something answers, but another machine, or it lets nobody in. */
  | 'refused'
  /** Its stack has not deployed anything yet. */
  | 'new'
  /** What its stack recorded cannot be read. */
  | 'unread';

export interface PiStatus {
  readonly stack: string;
  /** Of the NixosDeployment, since a stack may hold several Pis; empty where the state has none. */
  readonly name: string;
  /** Host name or address; empty where the state names none, `[secret]` where it is one. */
  readonly host: string;
  readonly standing: Standing;
  /** Store path that the next deployment is certain to give it; undefined where `preview` has to tell: see `desiredPath`. */
  readonly desired: string | undefined;
  /** Whether `desired` is known; false where only `preview` tells whether something is pending. */
  readonly certain: boolean;
  /** Store path that was deployed last. */
  readonly recorded: string | undefined;
  /** Store path that runs; undefined where it does not answer. */
  readonly running: string | undefined;
  readonly generation: number | undefined;
  readonly rebootNeeded: boolean | undefined;
  /** Why it could not be asked. */
  readonly reason: string | undefined;
}

/** What is known of a Pi. */
export interface Findings {
  readonly stack: string;
  /** Default: its stack has none. */
  readonly record?: PiRecord;
  readonly desired?: string | undefined;
  /** What it runs, or why that is not known. */
  readonly running?: RunningSystem | Unknown;
  /** Why its stack's state could not be read. */
  readonly unread?: string;
}

export function statusOf({ stack, record, desired, running, unread }: Findings): PiStatus {
  const answer = running === undefined || isUnknown(running) ? undefined : running;
  const unknown = running !== undefined && isUnknown(running) ? running : undefined;
  return {
    stack,
    name: record?.name ?? '',
    host: record === undefined ? '' : shownHost(record),
    standing: unread === undefined ? standingOf(record, desired, answer ?? unknown) : 'unread',
    desired,
    certain: desired !== undefined,
    recorded: record?.storePath,
    running: answer?.currentSystem,
    generation: answer?.generation ?? record?.generation,
    rebootNeeded: answer?.rebootNeeded,
    reason: unread ?? unknown?.reason,
  };
}

function standingOf(
  record: PiRecord | undefined,
  desired: string | undefined,
  running: RunningSystem | Unknown | undefined,
): Standing {
  if (record === undefined) return 'new';
  if (running === undefined) return 'offline';
  if (isUnknown(running)) return running.kind;
  if (running.currentSystem !== record.storePath) return 'drifted';
  return desired === undefined || desired === record.storePath ? 'current' : 'pending';
}

/** How a Pi stands, in a word or two. */
export const standingWords: Readonly<Record<Standing, string>> = {
  current: 'current',
  pending: 'pending',
  drifted: 'drifted',
  offline: 'not answering',
  refused: 'lets nobody in',
  new: 'not deployed yet',
  unread: 'cannot be read',
};

/** A row of each for a person: stack, host, how it stands, generation, what to know. */
export function statusRows(statuses: readonly PiStatus[]): string[][] {
  const pisOf = (stack: string) => statuses.filter((each) => each.stack === stack).length;
  return statuses.map((status) => {
    const { stack, name } = status;
    return [piLabel(stack, pisOf(stack) > 1 ? name : undefined), ...cells(status)];
  });
}

function cells(status: PiStatus): string[] {
  const { host, standing, generation, certain, rebootNeeded } = status;
  const notes = [
    standing === 'current' && !certain ? 'not certain whether it is pending: npm run fleet -- preview' : '',
    rebootNeeded === true ? 'reboot needed' : '',
    status.reason?.split('\n')[0] ?? '',
  ];
  return [
    host,
    standingWords[standing],
    generation === undefined ? '' : String(generation),
    notes.filter(Boolean).join('; '),
  ];
}
