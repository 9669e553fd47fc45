import { counted } from '../../../provider/values/counted.ts';
import { type Standing, standingWords } from '../pi-status.ts';
import { isByStack } from './deployer.ts';
import type { PiDeployment, PiReport } from './report.ts';

/** All Pis in a line, for example `5 Pis: 3 current, 1 pending, 1 not answering`. */
export function summaryLine(pis: readonly PiReport[]): string {
  const order: readonly Standing[] = ['current', 'pending', 'drifted', 'offline', 'refused', 'new', 'unread'];
  const counts = order.map(
    (standing) => [pis.filter(({ status }) => status.standing === standing).length, standing] as const,
  );
  const parts = counts
    .filter(([count]) => count > 0)
    .map(([count, standing]) => `${String(count)} ${standingWords[standing]}`);
  return `${counted(pis.length, 'Pi')}: ${parts.join(', ')}`;
}

/** What to know of a Pi beyond the numbers, a sentence each; none where all is as it should be. */
export function remarks(pi: PiReport): string[] {
  return [whatStands(pi), rebootNeeded(pi) ? describeReboot(pi) : undefined].filter((line) => line !== undefined);
}

/** Whether a Pi waits for a reboot: by its own word, else by what was recorded. */
export function rebootNeeded({ status, recorded }: PiReport): boolean {
  return status.rebootNeeded ?? recorded?.rebootNeeded ?? false;
}

function describeReboot({ running }: PiReport): string {
  const verb = running === undefined ? 'was needed when it was recorded' : 'is needed';
  return `A reboot ${verb}: kernel, modules, parameters, initrd or device trees wait for it.`;
}

function whatStands(pi: PiReport): string | undefined {
  const { status } = pi;
  switch (status.standing) {
    case 'current':
      return status.certain ? undefined : 'Whether it is pending is not certain: npm run fleet -- preview tells.';
    case 'pending':
      return 'Its configuration says something else than what was deployed.';
    case 'drifted':
      return describeDrift(pi);
    case 'unread':
    case 'refused':
    case 'offline':
      return [firstLine(status.reason), waiting(pi)].filter(Boolean).join(' ');
    case 'new':
      return 'Its stack has not deployed anything yet.';
  }
}

function waiting({ status: { desired, recorded } }: PiReport): string {
  return desired === undefined || desired === recorded ? '' : 'A deployment is pending until it answers.';
}

/** Who activated what its stack did not deploy, as far as the Pi itself knows. */
function describeDrift({ status: { stack, running }, deployments }: PiReport): string {
  const last = deployments.findLast(({ storePath, outcome }) => storePath === running && isKept(outcome));
  const who = whoseSystem(last?.deployer, stack);
  return `It runs something that this stack did not deploy last. ${who}`;
}

function whoseSystem(deployer: string | undefined, stack: string): string {
  if (deployer === undefined)
    return 'Somebody activated it there, past this project: with nixos-rebuild, or by an automatic upgrade.';
  if (isByStack(deployer, stack)) return 'It was deployed before, and somebody went back to it there.';
  return `It was deployed by ${deployer}.`;
}

function isKept(outcome: PiDeployment['outcome']): boolean {
  return outcome === 'activated' || outcome === 'tested' || outcome === 'installed';
}

function firstLine(text = ''): string {
  return text.split('\n', 1).join('');
}

/** A duration, for example `42 s`, `3 min 5 s`, `2 h 10 min`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  if (hours > 0) return `${String(hours)} h${minutes > 0 ? ` ${String(minutes)} min` : ''}`;
  if (minutes > 0) return `${String(minutes)} min${whole % 60 > 0 ? ` ${String(whole % 60)} s` : ''}`;
  return `${String(whole)} s`;
}

const units: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
];

/** How long before the report something was, for example `3 days ago`. */
export function formatAgo(time: Date, now: Date): string {
  const seconds = Math.round((now.getTime() - time.getTime()) / 1000);
  if (seconds <= 0) return 'now';
  const [unit, size] = units.find(([, each]) => seconds >= each) ?? ['second', 1];
  return new Intl.RelativeTimeFormat('en', { numeric: 'always' }).format(-Math.floor(seconds / size), unit);
}

/** For example `29 Nov 2026, 15:04`, in this machine's time zone. */
export function formatTime(time: Date): string {
  return new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' }).format(time);
}

/** What was done with how many resources, for example `1 created, 2 updated`; empty where nothing was. */
export function describeResourceChanges(changes: Readonly<Record<string, number>>): string {
  return Object.entries(changes)
    .filter(([operation, count]) => operation !== 'same' && count > 0)
    .map(([operation, count]) => `${String(count)} ${done.get(operation) ?? operation}`)
    .join(', ');
}

const done = new Map([
  ['create', 'created'],
  ['update', 'updated'],
  ['delete', 'deleted'],
  ['replace', 'replaced'],
  ['read', 'read'],
  ['refresh', 'refreshed'],
  ['import', 'imported'],
]);

const outcomeWords: Readonly<Record<NonNullable<PiDeployment['outcome']>, string>> = {
  activated: 'activated',
  tested: 'activated until the next reboot',
  installed: 'installed for the next reboot',
  refused: 'refused, nothing was changed',
  'rolled-back': 'taken back',
  'rebooted-back': 'taken back by a restart',
  failed: 'failed, and could not be taken back',
  interrupted: 'cut off',
};

/** How a deployment ended on the Pi. */
export function describeOutcome(outcome: PiDeployment['outcome']): string {
  return outcome === undefined ? 'recorded in the state' : outcomeWords[outcome];
}
