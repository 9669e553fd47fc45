import { formatBytes } from '../values/byte-count.ts';
import type { Activity, BuildEvent, Counted } from './build-log.ts';

interface UnderWay {
  readonly activity: Activity;
  /** For example `building neovim-0.10.2`. */
  readonly text: string;
  readonly subject: string;
  doneBytes: number;
  expectedBytes: number;
  readonly log: string[];
}

interface Count {
  done: number;
  expected: number;
}

const keptLines = 25;
const keptBuilds = 200;

/** How far an evaluation or a build is, from the events of Nix' structured log. What they say is believed, and may be anything. */
export class BuildProgress {
  readonly #underWay = new Map<string, UnderWay>();
  readonly #counters = new Map<string, { readonly counted: Counted } & Count>();
  readonly #expectedDownloads = new Map<string, number>();
  /** The last lines of each build's log, also of builds that ended. */
  readonly #logs = new Map<string, readonly string[]>();
  readonly #tail: string[] = [];
  #downloadedBytes = 0;
  #latest = '';

  note(event: BuildEvent): void {
    switch (event.kind) {
      case 'started':
        this.#started(event);
        break;
      case 'counting':
        this.#counters.set(event.id, { counted: event.counted, done: 0, expected: 0 });
        break;
      case 'progress':
        this.#progressed(event);
        break;
      case 'expected':
        this.#expectedDownloads.set(event.id, event.downloadBytes);
        break;
      case 'stopped':
        this.#stopped(event.id);
        break;
      case 'log':
        this.#logged(event);
        break;
      case 'message':
        keepLast(this.#tail, event.text);
    }
  }

  /** For example `2 of 14 built, 30 of 40 fetched, 120 MB of 480 MB; building neovim-0.10.2: CC main.c`; empty before anything is known. */
  describe(): string {
    const counts = [this.#count('builds', 'built'), this.#count('fetches', 'fetched'), this.#downloads()];
    return [counts.filter(Boolean).join(', '), this.#latest].filter(Boolean).join('; ');
  }

  /** The end of what Nix and the builds said, in its order. */
  tail(): string {
    return this.#tail.join('\n');
  }

  /** The end of one build's log; undefined where none is known. */
  logOf(drvPath: string): string | undefined {
    const lines = this.#logs.get(drvPath);
    return lines === undefined || lines.length === 0 ? undefined : lines.join('\n');
  }

  #started({ id, activity, subject, text }: BuildEvent & { kind: 'started' }): void {
    const log: string[] = [];
    const told = activity === 'build' || activity === 'substitute' ? `${verbs[activity]} ${nameOf(subject)}` : text;
    this.#underWay.set(id, { activity, text: told, subject, doneBytes: 0, expectedBytes: 0, log });
    if (activity === 'build') {
      this.#logs.set(subject, log);
      const [oldest] = this.#logs.keys();
      if (this.#logs.size > keptBuilds && oldest !== undefined) this.#logs.delete(oldest);
    }
    // A download is part of something that is told.
    if (activity !== 'download' || this.#latest === '') this.#latest = told;
  }

  #progressed({ id, done, expected }: BuildEvent & { kind: 'progress' }): void {
    const counter = this.#counters.get(id);
    if (counter !== undefined) Object.assign(counter, { done, expected });
    const underWay = this.#underWay.get(id);
    if (underWay !== undefined) Object.assign(underWay, { doneBytes: done, expectedBytes: expected });
  }

  #stopped(id: string): void {
    const underWay = this.#underWay.get(id);
    if (underWay?.activity === 'download') this.#downloadedBytes += underWay.doneBytes;
    this.#underWay.delete(id);
    if (underWay !== undefined && this.#latest.startsWith(underWay.text))
      this.#latest = [...this.#underWay.values()].findLast(({ activity }) => activity !== 'download')?.text ?? '';
  }

  #logged({ id, text }: BuildEvent & { kind: 'log' }): void {
    keepLast(this.#tail, text);
    const build = id === undefined ? undefined : this.#underWay.get(id);
    if (build === undefined) return void (this.#latest = text);
    keepLast(build.log, text);
    this.#latest = `${build.text}: ${text}`;
  }

  #count(counted: Counted, word: string): string {
    const counters = [...this.#counters.values()].filter((counter) => counter.counted === counted);
    const expected = counters.reduce((sum, counter) => sum + counter.expected, 0);
    const done = counters.reduce((sum, counter) => sum + counter.done, 0);
    return expected === 0 ? '' : `${String(done)} of ${String(Math.max(done, expected))} ${word}`;
  }

  #downloads(): string {
    const running = [...this.#underWay.values()].filter(({ activity }) => activity === 'download');
    const done = this.#downloadedBytes + running.reduce((sum, { doneBytes }) => sum + doneBytes, 0);
    const known = this.#downloadedBytes + running.reduce((sum, { expectedBytes }) => sum + expectedBytes, 0);
    const announced = [...this.#expectedDownloads.values()].reduce((sum, bytes) => sum + bytes, 0);
    const expected = Math.max(done, known, announced);
    return expected === 0 ? '' : `${formatBytes(done)} of ${formatBytes(expected)}`;
  }
}

const verbs = { build: 'building', substitute: 'fetching' } as const;

/** `neovim-0.10.2` of a store path or derivation; what is no store path is told as it is. */
function nameOf(path: string): string {
  return path.replace(/^\/nix\/store\/[^-/]+-/, '').replace(/\.drv$/, '');
}

function keepLast(lines: string[], line: string): void {
  lines.push(line);
  if (lines.length > keptLines) lines.shift();
}
