import { type DeploymentOutcome, type DeploymentRecord, parseRecord } from './deployment-record.ts';

/** How a deployment on the Pi ended, as the Pi tells it. */
export interface DeploymentResult {
  /**
   * `activated`: it runs and boots. `tested`: it runs until the next reboot. `installed`: it runs after the next reboot.
   * `refused`: nothing was changed. `rolled-back`: what ran before runs again. `rebooted-back`: the Pi restarted to get there.
   * `interrupted`: it was cut off, as by a power cut; what runs has to be looked at. `failed`: it could not be taken back as a whole.
   */
  readonly outcome: DeploymentOutcome;
  /** Exit code of what decided it, mostly of switch-to-configuration; 0 where there is none. */
  readonly code: number;
  /** Why it ended so, for a person; empty where all went well. */
  readonly reason: string;
  /** Units that failed to start, each with the end of its journal. */
  readonly failedUnits: readonly FailedUnit[];
  /** What the activation printed. */
  readonly log: string;
}

export interface FailedUnit {
  readonly name: string;
  readonly journal: string;
}

/** What one follower heard of a deployment: the lines that the follow script prints. */
export class DeploymentReport {
  readonly #onPhase: (phase: string) => void;
  readonly #onLog: (line: string, number: number) => void;
  readonly #log: string[] = [];
  readonly #record: string[] = [];
  readonly #failedUnits: { name: string; journal: string[] }[] = [];
  #refusal: DeploymentResult | undefined;
  #whole = false;
  #unknown = false;

  constructor(onPhase: (phase: string) => void, onLog: (line: string, number: number) => void) {
    this.#onPhase = onPhase;
    this.#onLog = onLog;
  }

  /** The Pi knows nothing of this run: it has to be started. */
  get isUnknown(): boolean {
    return this.#unknown;
  }

  /** Undefined where the report was cut off. */
  get result(): DeploymentResult | undefined {
    if (this.#refusal !== undefined) return this.#refusal;
    if (!this.#whole) return undefined;
    return { ...endOf(parseRecord(this.#record)), failedUnits: this.failedUnits, log: this.#log.join('\n') };
  }

  get failedUnits(): FailedUnit[] {
    return this.#failedUnits.map(({ name, journal }) => ({ name, journal: journal.join('\n') }));
  }

  hear(line: string): void {
    const at = line.indexOf(' ');
    const [kind, text] = at === -1 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
    if (kind === 'log') this.#hearLog(text);
    else if (kind === 'phase') this.#onPhase(text);
    else if (kind === 'record') this.#record.push(text);
    else if (kind === 'unit') this.#failedUnits.push({ name: text, journal: [] });
    else if (kind === 'journal') this.#failedUnits.at(-1)?.journal.push(text);
    else if (kind === 'held') this.#refusal = refused(`Another deployment is under way: ${text}.`);
    else if (kind === 'unfit') this.#refusal = refused(`The deployment could not be started: ${text}.`);
    else if (kind === 'unknown') this.#unknown = true;
    else if (kind === 'followed') this.#whole = true;
  }

  #hearLog(text: string): void {
    this.#log.push(text);
    this.#onLog(text, this.#log.length);
  }
}

function endOf(record: DeploymentRecord | undefined): Pick<DeploymentResult, 'outcome' | 'code' | 'reason'> {
  if (record?.outcome !== undefined) return { outcome: record.outcome, code: record.code, reason: record.reason };
  const phase = record?.phase ?? 'starting';
  return {
    outcome: 'interrupted',
    code: record?.code ?? 0,
    reason: `The supervisor on the Pi was cut off while it was ${phase}, and recorded no end: did the Pi lose its power or restart?`,
  };
}

function refused(reason: string): DeploymentResult {
  return { outcome: 'refused', code: 0, reason, failedUnits: [], log: '' };
}
