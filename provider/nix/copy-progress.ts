import { formatBytes } from '../values/byte-count.ts';
import { counted } from '../values/counted.ts';
import type { BuildEvent } from './build-log.ts';
import { type Closure, narBytes } from './closure.ts';

/** How far a copy is, in paths and bytes of its plan. A second attempt goes on counting where the first one ended. */
export class CopyProgress {
  readonly #sizes: ReadonlyMap<string, number>;
  readonly #totalBytes: number;
  readonly #arrived = new Set<string>();
  readonly #begun = new Set<string>();
  /** The activities that are under way: which path each copies, and how much of it is sent. */
  readonly #underWay = new Map<string, { readonly path: string; bytes: number; whole: boolean }>();
  #doneBytes = 0;
  readonly #now: () => number;
  readonly #beganAt: number;

  /** @param missing the plan: what has to be there in the end and is not, or is not expected to be. */
  constructor(missing: Closure, now: () => number = () => performance.now()) {
    this.#now = now;
    this.#beganAt = now();
    this.#sizes = new Map(missing.map(({ path, narSize }) => [path, narSize]));
    this.#totalBytes = narBytes(missing);
  }

  note(event: BuildEvent): void {
    if (event.kind === 'started' && event.activity === 'copy' && this.#sizes.has(event.subject)) {
      this.#begun.add(event.subject);
      this.#underWay.set(event.id, { path: event.subject, bytes: 0, whole: false });
    } else if (event.kind === 'progress') {
      const copy = this.#underWay.get(event.id);
      if (copy !== undefined) Object.assign(copy, { bytes: event.done, whole: event.done >= event.expected });
    } else if (event.kind === 'stopped') {
      this.#stopped(event.id);
    }
  }

  /** The paths of the plan whose copy was begun, by whichever attempt. */
  get begun(): ReadonlySet<string> {
    return this.#begun;
  }

  /** For example `12 of 40 paths, 34 MB of 120 MB`. */
  describe(): string {
    const paths = `${String(this.#arrived.size)} of ${counted(this.#sizes.size, 'path')}`;
    return `${paths}, ${formatBytes(this.#sentBytes())} of ${formatBytes(this.#totalBytes)}`;
  }

  /** The same with the rate since it began, after a second: `…, 3.4 MB/s`. */
  describeWithRate(): string {
    const seconds = (this.#now() - this.#beganAt) / 1000;
    const rate = seconds < 1 ? '' : `, ${formatBytes(this.#sentBytes() / seconds)}/s`;
    return `${this.describe()}${rate}`;
  }

  #sentBytes(): number {
    const sending = [...this.#underWay.values()].filter(({ path }) => !this.#arrived.has(path));
    const bytes = this.#doneBytes + sending.reduce((sum, copy) => sum + copy.bytes, 0);
    return Math.min(bytes, this.#totalBytes);
  }

  // Nix ends the activity of a path also when the connection is cut in the middle of it.
  #stopped(id: string): void {
    const copy = this.#underWay.get(id);
    this.#underWay.delete(id);
    if (copy?.whole !== true || this.#arrived.has(copy.path)) return;
    this.#arrived.add(copy.path);
    this.#doneBytes += this.#sizes.get(copy.path) ?? 0;
  }
}

/** Passes on at most one line in so many milliseconds; a log has up to a hundred lines for each megabyte. */
export function throttled(
  tell: (line: string) => void,
  milliseconds = 250,
  now: () => number = Date.now,
): (line: () => string) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (line) => {
    const at = now();
    if (at - last < milliseconds) return;
    last = at;
    tell(line());
  };
}
