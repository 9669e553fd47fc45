import { readFileSync, readdirSync } from 'node:fs';

const intervalMilliseconds = 50;

/** Watches the memory of whatever a process starts, the process itself left out. */
export class MemoryWatch {
  #peakBytes = 0;
  readonly #timer: NodeJS.Timeout;

  /** @param except a process that is left out, with whatever it has started */
  constructor(processId: number, except?: number) {
    this.#timer = setInterval(() => {
      this.#peakBytes = Math.max(this.#peakBytes, sum(descendantsOf(processId, except).map(peakResidentBytes)));
    }, intervalMilliseconds);
  }

  /** Ends watching. Of those that ran at the same time, the sum of the most that each ever had. */
  stop(): number {
    clearInterval(this.#timer);
    return this.#peakBytes;
  }
}

/** Processes that it has started, and theirs; a child belongs to the thread that started it. */
export function descendantsOf(processId: number, except?: number): number[] {
  const threads = `/proc/${String(processId)}/task`;
  const children = namesIn(threads).flatMap((thread) => contentOf(`${threads}/${thread}/children`).split(' '));
  return children
    .filter(Boolean)
    .map(Number)
    .filter((child) => child !== except)
    .flatMap((child) => [child, ...descendantsOf(child, except)]);
}

function peakResidentBytes(processId: number): number {
  return peakOf(contentOf(`/proc/${String(processId)}/status`));
}

/** The high-water mark in what /proc says of a process; 0 for one that has ended. */
export function peakOf(status: string): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // It has ended meanwhile.
    return '';
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
