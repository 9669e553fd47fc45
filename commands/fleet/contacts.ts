import { whySilent } from './look.ts';
import type { PiRecord } from './pi-record.ts';

/** How long an answer counts, in seconds. */
const freshSeconds = 60;

/** How long a Pi may take to answer, in seconds, while this machine may be busy with evaluations. */
const answerSeconds = 10;

/** Who can be reached, asked side by side before the first turn comes, and again where a turn comes late. */
export class Contacts {
  readonly #asked = new Map<string, { readonly at: number; readonly reason: Promise<string | undefined> }>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now() / 1000) {
    this.#now = now;
  }

  /** Why a Pi's turn is not now: it does not answer. Undefined where something does, so that the engine tells what is wrong with it. */
  async whyOffline(record: PiRecord): Promise<string | undefined> {
    const before = this.#asked.get(record.urn);
    const isFresh = before !== undefined && this.#now() - before.at < freshSeconds;
    // One that did not answer once is not waited for a second time.
    if (before !== undefined && (isFresh || (await before.reason) !== undefined)) return before.reason;
    const reason = whySilent(record, answerSeconds);
    this.#asked.set(record.urn, { at: this.#now(), reason });
    return reason;
  }
}
