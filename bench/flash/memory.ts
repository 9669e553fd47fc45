import { readFileSync } from 'node:fs';

const intervalMilliseconds = 50;

/** Watches the memory of whatever a process starts, the process itself left out. */
export class MemoryWatch {
  #peakBytes = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(processId: number) {
    this.#timer = setInterval(() => {
      this.#peakBytes = Math.max(this.#peakBytes, sum(descendantsOf(processId).map(peakResidentBytes)));
    }, intervalMilliseconds);
  }

  /** Ends watching. Of those that ran at the same time, the sum of the most that each ever had. */
  stop(): number {
    clearInterval(this.#timer);
    return this.#peakBytes;
  }
}

function descendantsOf(processId: number): number[] {
  const children = contentOf(`/proc/${String(processId)}/task/${String(processId)}/children`);
  const own = children.split(' ').filter(Boolean).map(Number);
  return own.flatMap((child) => [child, ...descendantsOf(child)]);
}

function peakResidentBytes(processId: number): number {
  return peakOf(contentOf(`/proc/${String(processId)}/status`));
}

/** The high-water mark in what /proc says of a process; 0 for one that has ended. */
export function peakOf(status: string): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
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
