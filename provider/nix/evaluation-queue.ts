import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import PQueue from 'p-queue';
import { ProvisioningError } from '../errors.ts';

/** Evaluating a NixOS system with nixpkgs takes about 1 GB. */
const evaluationBytes = 1024 ** 3;

/** The environment variable that sets how many evaluations run at a time. */
const boundVariable = 'NIXOS_PI_PARALLEL_EVALUATIONS';

/** What is known when it is decided how many evaluations may run. */
export interface EvaluationLoad {
  /** How many run now. */
  readonly running: number;
  /** What these hold already. */
  readonly heldBytes: number;
  /** What programs can still get without swapping (MemAvailable, or less in a control group with a limit). */
  readonly availableBytes: number;
  readonly cores: number;
}

/** How many evaluations may run: one for each core while memory lasts, always one. Those that run are still growing. */
export function parallelEvaluations({ running, heldBytes, availableBytes, cores }: EvaluationLoad): number {
  const stillToCome = Math.max(0, running * evaluationBytes - heldBytes);
  const more = Math.max(0, Math.floor((availableBytes - stillToCome) / evaluationBytes));
  return Math.max(1, Math.min(cores, running + more));
}

/**
 * The number that the user has set.
 *
 * @returns undefined where the variable is absent or empty: then memory and cores decide.
 * @throws ProvisioningError when it is no positive number.
 */
export function evaluationBound(value: string | undefined): number | undefined {
  if (value === undefined || value === '') return undefined;
  if (/^[1-9]\d{0,3}$/.test(value)) return Number(value);
  throw new ProvisioningError({
    what: `The environment variable ${boundVariable} is ${JSON.stringify(value)}, which is no number of evaluations.`,
    remedy: `Set it to a number from 1 on, or unset it: then as many run as memory and cores allow.`,
  });
}

const queue = new PQueue({ concurrency: 1 });
const decideAgainMs = 500;
let timer: NodeJS.Timeout | undefined;

/** Runs an evaluation when there is memory for it. Several run side by side; those that wait start in order. */
export async function whenMemoryAllows<T>(evaluation: () => Promise<T>): Promise<T> {
  decide();
  const result = queue.add(evaluation);
  decide();
  return await result;
}

/**
 * Keeps this process from ending while somebody waits for an evaluation. One that waits or runs does not do so by itself: it may have been
 * begun ahead, and nobody asks for it.
 */
export async function held<T>(asked: Promise<T>): Promise<T> {
  const timer = setInterval(() => undefined, 2 ** 30);
  return asked.finally(() => {
    clearInterval(timer);
  });
}

function decide(): void {
  queue.concurrency = evaluationBound(process.env[boundVariable]) ?? parallelEvaluations(loadNow());
  if (queue.size > 0) timer ??= setInterval(decide, decideAgainMs).unref();
  else {
    clearInterval(timer);
    timer = undefined;
  }
}

function loadNow(): EvaluationLoad {
  return {
    running: queue.pending,
    heldBytes: queue.pending === 0 ? 0 : childrenBytes(),
    availableBytes: process.availableMemory(),
    cores: availableParallelism(),
  };
}

/** The resident memory of the programs that this process runs; 0 where the system does not tell. */
function childrenBytes(): number {
  try {
    const pid = String(process.pid);
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    return children.reduce((sum, child) => sum + residentBytes(child), 0);
  } catch {
    return 0;
  }
}

function residentBytes(pid: string): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
