import { isByStack, personIn } from './deployer.ts';
import type { PiDeployment, PiReport, StackReport } from './report.ts';
import { hasChanged, secondsOf, type Update } from './updates.ts';

/** What came of something that was done to a stack or a Pi. */
export type Result = 'succeeded' | 'unchanged' | 'failed' | 'unfinished';

/** Something that was done: an update of the backend's history, or what only a Pi knows of. */
export interface Event {
  readonly at: Date;
  /** `update`, `refresh` and others of Pulumi's; `deployment` for what only the Pi's own record tells. */
  readonly kind: string;
  readonly result: Result;
  /** Undefined where nobody wrote it down. */
  readonly seconds: number | undefined;
  /** Who did it, and how that is known. */
  readonly who: string;
  readonly message: string;
  /** The commit that was checked out, shortened; empty where none is recorded. */
  readonly commit: string;
  /** How many resources, by what was done with them. */
  readonly resourceChanges: Readonly<Record<string, number>>;
  readonly deployments: readonly DeploymentOfPi[];
}

export interface DeploymentOfPi {
  readonly pi: string;
  /** Undefined outcome: by the stack's state, the Pi could not be asked. */
  readonly deployment: PiDeployment;
}

/** The Pi's clock and the backend's may differ by some seconds, and both tell whole ones. */
const toleranceMilliseconds = 10_000;

/** The history of a stack, the newest first: the backend's, and beside each update what the Pis recorded of it. */
export function historyOf({ name, updates }: StackReport, pis: readonly PiReport[]): Event[] {
  const own = pis.filter(({ status }) => status.stack === name);
  const all = own.flatMap(deploymentsOf);
  const found = all.map((each) => ({ ...each, update: updateOf(each, updates, name) }));
  const fromBackend = updates.map((update) => {
    const deployments = found
      .filter((each) => each.update === update)
      .map(({ pi, deployment }) => ({ pi, deployment }));
    return eventOf(update, deployments);
  });
  const fromPis = found
    .filter(({ update, isRecalled }) => update === undefined && !isRecalled)
    .map(({ pi, deployment }) => foreignEvent(pi, deployment));
  return [...fromBackend, ...fromPis].sort((a, b) => b.at.getTime() - a.at.getTime());
}

interface Found extends DeploymentOfPi {
  /** From the stack's state, since the Pi did not tell. */
  readonly isRecalled: boolean;
}

function deploymentsOf({ name, deployments, recorded }: PiReport): Found[] {
  if (deployments.length > 0) return deployments.map((deployment) => ({ pi: name, deployment, isRecalled: false }));
  if (recorded?.changedAt === undefined || recorded.previousStorePath === '') return [];
  const { storePath, previousStorePath: previous, changedAt } = recorded;
  const time = Math.floor(changedAt.getTime() / 1000);
  const deployment = {
    time,
    storePath,
    previous,
    outcome: undefined,
    deployer: '',
    packages: undefined,
  };
  return [{ pi: name, deployment, isRecalled: true }];
}

/** The update that a deployment was part of: the one at whose time it was, or else the nearest. */
function updateOf({ deployment, isRecalled }: Found, updates: readonly Update[], stack: string): Update | undefined {
  if (!isRecalled && !isByStack(deployment.deployer, stack)) return undefined;
  return updates
    .filter(({ kind, result }) => kind === 'update' && (isRecalled ? result === 'succeeded' : result !== 'not-started'))
    .map((update) => ({ update, distance: distanceTo(update, deployment.time * 1000) }))
    .filter(({ distance }) => distance <= toleranceMilliseconds)
    .sort(byDistance)[0]?.update;
}

/** One that was cut off has no end, and would be near to all that came after it. */
function byDistance(a: Distant, b: Distant): number {
  const open = ({ update }: Distant) => Number(update.endedAt === undefined);
  // Where one ends in the second in which the next begins, it is the end of the first one's deployment.
  return a.distance - b.distance || open(a) - open(b) || a.update.startedAt.getTime() - b.update.startedAt.getTime();
}

interface Distant {
  readonly update: Update;
  readonly distance: number;
}

/** How far a time lies outside of an update, in milliseconds. */
function distanceTo({ startedAt, endedAt }: Update, time: number): number {
  return Math.max(0, startedAt.getTime() - time, time - (endedAt?.getTime() ?? Number.POSITIVE_INFINITY));
}

function eventOf(update: Update, deployments: readonly DeploymentOfPi[]): Event {
  return {
    at: update.startedAt,
    kind: update.kind,
    result: resultOf(update),
    seconds: secondsOf(update),
    who: whoDid(update, deployments),
    message: update.message,
    commit: update.gitHead.slice(0, 8),
    resourceChanges: update.resourceChanges,
    deployments,
  };
}

function resultOf(update: Update): Result {
  if (update.result === 'failed') return 'failed';
  if (update.result !== 'succeeded' || update.endedAt === undefined) return 'unfinished';
  return hasChanged(update) ? 'succeeded' : 'unchanged';
}

function foreignEvent(pi: string, deployment: PiDeployment): Event {
  return {
    at: new Date(deployment.time * 1000),
    kind: 'deployment',
    result: outcomeResults[deployment.outcome ?? 'interrupted'],
    seconds: undefined,
    who: deployment.deployer,
    message: '',
    commit: '',
    resourceChanges: {},
    deployments: [{ pi, deployment }],
  };
}

const outcomeResults: Readonly<Record<NonNullable<PiDeployment['outcome']>, Result>> = {
  activated: 'succeeded',
  tested: 'succeeded',
  installed: 'succeeded',
  refused: 'failed',
  'rolled-back': 'failed',
  'rebooted-back': 'failed',
  failed: 'failed',
  interrupted: 'unfinished',
};

/** By the message that `fleet up` writes, by the Pi's record, by the commit: in this order of how sure it is. */
function whoDid({ message, gitAuthor, ciSystem }: Update, deployments: readonly DeploymentOfPi[]): string {
  const [, person] = /^fleet \S+ by (\S+)/.exec(message) ?? [];
  const onPi = deployments.map(({ deployment }) => personIn(deployment.deployer));
  const author = gitAuthor === '' ? undefined : `author of the commit: ${gitAuthor}`;
  const who = person ?? onPi.find((each) => each !== undefined) ?? author ?? 'not recorded';
  return ciSystem === '' ? who : `${who} (${ciSystem})`;
}
