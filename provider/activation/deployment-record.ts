import { isStorePath } from '../values/store-path.ts';
import { stateDirectory, volatileDirectory } from '../values/pi-paths.ts';
import { underwayFunction } from './record-script.ts';

/** How a deployment ended. */
export type DeploymentOutcome =
  'activated' | 'tested' | 'installed' | 'refused' | 'rolled-back' | 'rebooted-back' | 'failed' | 'interrupted';

/** What a Pi says about the last deployment to it. Everything comes from a file there: it may be old, cut off or wrong. */
export interface DeploymentRecord {
  /** Names the deployment; a UUID. */
  readonly run: string;
  readonly storePath: string;
  /** What the Pi ran before, and goes back to. */
  readonly previous: string;
  /** Number of the system profile's generation before; 0 where there was none. */
  readonly previousGeneration: number;
  /** Who deployed, for example `stack kitchen, ada@laptop`. */
  readonly deployer: string;
  /** `switch`, `test` or `boot`. */
  readonly goal: string;
  /** How far it came: starting, activating, checking, confirming, installing, going-back, ended. */
  readonly phase: string;
  /** Undefined while it goes on; `interrupted` where it does not go on and told no end, as after a power cut. */
  readonly outcome: DeploymentOutcome | undefined;
  /** Exit code of what decided it, mostly of switch-to-configuration. */
  readonly code: number;
  readonly reason: string;
  /** The boot in which it was written. */
  readonly bootId: string;
  /** When it ended or, while it goes on, when it or its taking back began; seconds since 1970, by a clock that may be wrong. */
  readonly time: number;
}

/** A deployment that ended, as the Pi remembers it; `time` is that of its end. */
export type PastDeployment = Pick<DeploymentRecord, 'time' | 'outcome' | 'storePath' | 'previous' | 'deployer'>;

/** A system that a deployment made the Pi's, and whose deployment that was. */
export interface DeployedStorePath {
  readonly storePath: string;
  readonly deployer: string;
}

/** A reboot into a new system that nobody has confirmed yet; see reboot.ts. */
export interface PendingReboot {
  readonly run: string;
  readonly storePath: string;
  readonly deployer: string;
}

/**
 * Shell commands that print what `parseDeploymentRecord` and the others here read, for a look at the Pi that does more. They
 * need no root, print nothing of other forms, and never fail. They leave the working directory and variables of theirs behind.
 */
export const recordScript = `
${underwayFunction}run=''
if cd -P ${stateDirectory}/last 2> /dev/null; then run=\${PWD##*/}; fi
record=${volatileDirectory}/record-$run
if [ ! -e "$record" ]; then record=${stateDirectory}/last/record; fi
marked() { if [ -e "$2" ]; then sed "s/^/$1 /" "$2" 2> /dev/null; fi; }
tell_record() {
  ended=no
  if [ ! -e "$record" ]; then return; fi
  # The reason, which is last, may end with half a character. For its other half bash's read takes the line's end, and fails as at the end of a file.
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in outcome=?*) ended=yes ;; esac
    printf 'deployment-record %s\\n' "$line"
  done 2> /dev/null < "$record"
}
tell_record
marked deployment-history ${stateDirectory}/history
marked deployment-reboot ${stateDirectory}/after-boot/settings
bootId=''
{ read -r bootId < /proc/sys/kernel/random/boot_id; } 2> /dev/null
printf 'deployment-now bootId=%s\\n' "$bootId"
# Whether it is under way is a question only of one that has told no end.
if [ "$ended" = no ]; then
  unit=$(underway '*')
  printf 'deployment-now unit=%s\\n' "$unit"
  # It may have ended in between: what is told last counts.
  if [ -z "$unit" ]; then tell_record; fi
fi
`;

/** The last deployment in what `recordScript` printed, among other lines; undefined where there was none. */
export function parseDeploymentRecord(text: string): DeploymentRecord | undefined {
  const now = fieldsOf(linesBehind(text, 'deployment-now'));
  const record = parseRecord(linesBehind(text, 'deployment-record'));
  if (record === undefined || record.outcome !== undefined) return record;
  const goesOn = record.bootId === now.get('bootId') && !/^(|inactive|failed)$/.test(now.get('unit') ?? '');
  return goesOn ? record : { ...record, outcome: 'interrupted' };
}

/**
 * The systems that deployments made the Pi's, oldest first: those that ran or were installed, also where a deployment was
 * interrupted after it began to activate.
 */
export function deployedStorePaths(text: string): DeployedStorePath[] {
  const ended = deploymentHistory(text).filter(({ outcome }) => becameTheSystem.has(outcome ?? ''));
  const last = parseDeploymentRecord(text);
  const isOurs = last !== undefined && last.phase !== 'starting' && becameTheSystem.has(last.outcome ?? 'interrupted');
  const all = isOurs ? [...ended, last] : ended;
  return all
    .filter(({ storePath }) => isStorePath(storePath))
    .map(({ storePath, deployer }) => ({ storePath, deployer }));
}

/** The reboot that waits to be confirmed, in what `recordScript` printed. */
export function pendingReboot(text: string): PendingReboot | undefined {
  const fields = fieldsOf(linesBehind(text, 'deployment-reboot'));
  const [run = '', storePath = ''] = [fields.get('run'), fields.get('storePath')];
  return isRun(run) && isStorePath(storePath) ? { run, storePath, deployer: fields.get('deployer') ?? '' } : undefined;
}

/** The record of a deployment, from its lines `name=value`. */
export function parseRecord(lines: readonly string[]): DeploymentRecord | undefined {
  const fields = fieldsOf(lines);
  const field = (name: string) => fields.get(name) ?? '';
  if (!isRun(field('run')) || !isStorePath(field('storePath'))) return undefined;
  return {
    run: field('run'),
    storePath: field('storePath'),
    previous: field('previous'),
    previousGeneration: wholeNumber(field('previousGeneration')),
    deployer: field('deployer'),
    goal: field('goal'),
    phase: field('phase'),
    outcome: outcomes.find((outcome) => outcome === field('outcome')),
    code: wholeNumber(field('code')),
    reason: withLineEnds(field('reason')),
    bootId: field('bootId'),
    time: secondsOf(field('time')),
  };
}

/** The deployments that ended, oldest first, at most a hundred; in what `recordScript` printed. */
export function deploymentHistory(text: string): PastDeployment[] {
  return linesBehind(text, 'deployment-history').map((line) => {
    const [time = '', ended = '', , , storePath = '', previous = '', deployer = ''] = line.split('\t');
    const outcome = outcomes.find((each) => each === ended);
    return { time: secondsOf(time), outcome, storePath, previous, deployer };
  });
}

const outcomes: readonly DeploymentOutcome[] = [
  'activated',
  'tested',
  'installed',
  'refused',
  'rolled-back',
  'rebooted-back',
  'failed',
  'interrupted',
];

const becameTheSystem: ReadonlySet<string> = new Set(['activated', 'tested', 'installed', 'interrupted']);

function linesBehind(text: string, mark: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${mark} `))
    .map((line) => line.slice(mark.length + 1));
}

function fieldsOf(lines: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    lines.flatMap((line) => {
      const at = line.indexOf('=');
      return at > 0 ? [[line.slice(0, at), line.slice(at + 1)] as const] : [];
    }),
  );
}

function isRun(text: string): boolean {
  return /^[0-9a-f-]{36}$/.test(text);
}

function wholeNumber(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

/** The last second that a Date can tell. */
const lastSecond = 8_640_000_000_000;

/** What is no time counts as 1970. */
function secondsOf(text: string): number {
  const seconds = wholeNumber(text);
  return seconds <= lastSecond ? seconds : 0;
}

function withLineEnds(text: string): string {
  return text.replaceAll(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
}
