import type { Result } from './outcome.ts';
import { piLabel, type PiRecord, resourceName, type StackRecord } from './pi-record.ts';
import { type Phase, phaseOf } from './phases.ts';
import type { Told } from './told.ts';

/** A line of the live table: a stack, or a Pi of a stack that has several. */
export interface Row {
  readonly stack: string;
  /** The name of that one of its Pis; undefined for the stack as a whole. */
  readonly pi: string | undefined;
  readonly phase: Phase | Result | 'done';
  readonly detail: string;
  /** In milliseconds; undefined before something was done for it. */
  readonly begun: number | undefined;
  /** In milliseconds; undefined while there is more to do. */
  readonly ended: number | undefined;
}

/** Where every stack and Pi is, from what is told of them. */
export class Rows {
  /** By their labels. */
  readonly #rows = new Map<string, Row>();
  readonly #pis = new Map<string, readonly PiRecord[]>();
  readonly #now: () => number;

  constructor(stacks: readonly string[], now: () => number = () => performance.now()) {
    this.#now = now;
    for (const stack of stacks)
      this.#rows.set(stack, { stack, pi: undefined, phase: 'waiting', detail: '', begun: undefined, ended: undefined });
  }

  /** From now on its Pis have lines of their own, if there are several. */
  know({ stack, pis }: StackRecord): void {
    this.#pis.set(stack, pis);
  }

  /** @returns whether another phase began. */
  tell(stack: string, told: Told): boolean {
    const pi = this.#piOf(stack, told.urn);
    const label = piLabel(stack, pi);
    const before = this.#rows.get(label);
    const phase =
      told.phase ?? (told.kind === 'status' ? phaseOf(told.text) : undefined) ?? before?.phase ?? 'starting';
    const [detail = ''] = told.text.split('\n');
    const begun = phase === 'waiting' ? undefined : (before?.begun ?? this.#now());
    this.#rows.set(label, { stack, pi, phase, detail, begun, ended: undefined });
    if (pi !== undefined) this.#begin(stack);
    return phase !== before?.phase;
  }

  end(stack: string, result: Result | 'done', reason: string): void {
    for (const [label, row] of this.#rows) {
      if (row.stack !== stack) continue;
      const [detail = ''] = row.pi === undefined ? reason.split('\n') : [];
      this.#rows.set(label, { ...row, phase: result, detail, ended: this.#now() });
    }
  }

  /** `kitchen`, or `shelf/east` for one Pi of several. */
  labelOf(stack: string, urn: string | undefined): string {
    return piLabel(stack, this.#piOf(stack, urn));
  }

  /** In the order of the stacks, each followed by its Pis. */
  all(): Row[] {
    const rows = [...this.#rows.values()];
    const stacks = rows.filter(({ pi }) => pi === undefined);
    return stacks.flatMap((whole) => [
      whole,
      ...rows.filter(({ stack, pi }) => stack === whole.stack && pi !== undefined),
    ]);
  }

  /** The Pi that has a line of its own, where something is told of a resource. */
  #piOf(stack: string, urn: string | undefined): string | undefined {
    const pis = this.#pis.get(stack) ?? [];
    const name = urn === undefined ? undefined : resourceName(urn);
    return pis.length > 1 && pis.some((pi) => pi.name === name) ? name : undefined;
  }

  #begin(stack: string): void {
    const row = this.#rows.get(stack);
    if (row !== undefined && row.begun === undefined)
      this.#rows.set(stack, { ...row, phase: 'starting', begun: this.#now() });
  }
}
