import PQueue from 'p-queue';
import { comparePackages, type PackageChanges } from '../../../provider/nix/compare-packages.ts';
import { packageChanges } from '../../../provider/nix/package-changes.ts';
import type { RunningSystem } from '../../../provider/activation/running-system.ts';
import { messageOf } from '../../../provider/errors.ts';
import { stackHistory } from '../../pulumi-cli.ts';
import { lastContact } from '../last-contact.ts';
import { atPi, desiredPath, isUnknown, lookAtPi, type Unknown } from '../look.ts';
import { piLabel } from '../pi-record.ts';
import { statusOf } from '../pi-status.ts';
import { type ProjectConfig, readProjectConfig, readStackConfig, type StackConfig } from '../project-config.ts';
import { readableState } from '../records.ts';
import { askPast, bytesOf, type PiPast } from './ask-pi.ts';
import { type RecordedPi, recordedPis } from './recorded.ts';
import type { Contact, FleetReport, PiReport, StackReport } from './report.ts';
import { updatesIn } from './updates.ts';

/** How many updates of each stack are read; the backend keeps them all. */
const mostUpdates = 100;

/**
 * Reads what the stacks recorded and what the backend remembers, and asks all Pis side by side.
 *
 * @param directory where Pulumi.yaml is.
 * @param parallel how many stacks at a time.
 * A stack that cannot be read and a Pi that does not answer are no errors: the report says so.
 */
export async function gather(
  stacks: readonly string[],
  directory: string,
  parallel: number,
): Promise<Pick<FleetReport, 'pis' | 'stacks'>> {
  const project = await readProjectConfig(directory);
  const queue = new PQueue({ concurrency: parallel });
  const read = await queue.addAll(stacks.map((stack) => () => readStack(stack, project)));
  const pis = read.flatMap((stack) =>
    stack.recorded.length === 0
      ? [Promise.resolve(withoutPi(stack.name, stack.unread))]
      : stack.recorded.map((pi) => reportOf(stack, pi, project)),
  );
  return { pis: await Promise.all(pis), stacks: read };
}

interface ReadStack extends StackReport {
  readonly config: StackConfig | undefined;
  readonly recorded: readonly RecordedPi[];
  /** Why it could not be read. */
  readonly unread?: string;
}

async function readStack(name: string, project: ProjectConfig): Promise<ReadStack> {
  try {
    const [text, config, history] = await Promise.all([
      readableState(name),
      readStackConfig(name, project),
      stackHistory(name, mostUpdates),
    ]);
    return { name, config, recorded: recordedPis(name, text, config), updates: updatesIn(history) };
  } catch (error) {
    return { name, config: undefined, recorded: [], updates: [], unread: messageOf(error) };
  }
}

/** A stack that has not deployed anything, or that cannot be read. */
function withoutPi(stack: string, unread: string | undefined): PiReport {
  return {
    name: stack,
    status: statusOf(unread === undefined ? { stack } : { stack, unread }),
    ...{ recorded: undefined, running: undefined, contact: undefined, pending: undefined, drift: undefined },
    ...{ generations: [], deployments: [] },
  };
}

async function reportOf(
  { name: stack, config, recorded }: ReadStack,
  { record, facts }: RecordedPi,
  project: ProjectConfig,
): Promise<PiReport> {
  const before = await lastContact(record.connection);
  const [desired, [running, past]] = await Promise.all([desiredPath(stack, record, config, project), look(record)]);
  const status = statusOf({ stack, record, desired, running });
  const answer = isUnknown(running) ? undefined : running;
  const runs = status.running ?? status.recorded ?? '';
  return {
    name: piLabel(stack, recorded.length > 1 ? record.name : undefined),
    status,
    recorded: facts,
    running: answer,
    contact: contactOf(answer, before, facts.changedAt),
    pending: desired === undefined || desired === runs ? undefined : await plannedChanges(past, runs, desired),
    drift: status.standing === 'drifted' ? changesBetween(past, facts.storePath, runs) : undefined,
    generations: past.generations.map(({ number, storePath, madeAt, closure }) => ({
      ...{ number, storePath, madeAt },
      bytes: bytesOf(closure),
      isRunning: storePath === answer?.currentSystem,
    })),
    deployments: past.deployments.map((deployment) => ({
      ...deployment,
      packages: changesBetween(past, deployment.previous, deployment.storePath),
    })),
  };
}

const nothing: PiPast = { generations: [], deployments: [] };

/** A Pi that does not answer is asked once; its past is no reason to fail. */
async function look(record: RecordedPi['record']): Promise<[RunningSystem | Unknown, PiPast]> {
  const running = await lookAtPi(record);
  if (isUnknown(running)) return [running, nothing];
  const past = await atPi(record, askPast);
  return [running, isUnknown(past) ? nothing : past];
}

function contactOf(
  answer: RunningSystem | undefined,
  before: Date | undefined,
  changedAt: Date | undefined,
): Contact | undefined {
  if (answer !== undefined) return { time: new Date(), from: 'now' };
  if (before !== undefined && (changedAt === undefined || before >= changedAt))
    return { time: before, from: 'this machine' };
  return changedAt && { time: changedAt, from: 'state' };
}

/** How two systems differ that the Pi has both of. */
function changesBetween({ generations }: PiPast, before: string, after: string): PackageChanges | undefined {
  const closureOf = (path: string) => generations.find(({ storePath }) => storePath === path)?.closure;
  const [old, wanted] = [closureOf(before), closureOf(after)];
  if (old === undefined || wanted === undefined) return undefined;
  return { ...comparePackages(old, wanted, []), approximate: false };
}

/** What a deployment would change, by what the Pi and this machine's store know. Nothing is evaluated, built or fetched. */
async function plannedChanges(past: PiPast, before: string, after: string): Promise<PackageChanges | undefined> {
  const known = changesBetween(past, before, after);
  if (known !== undefined) return known;
  const closure = past.generations.find(({ storePath }) => storePath === before)?.closure;
  const told = closure === undefined ? undefined : await packageChanges(closure, after);
  if (told?.approximate === false) return told;
  return (await packageChanges(before, after)) ?? told;
}
