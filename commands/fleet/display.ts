import isInteractive from 'is-interactive';
import { createLogUpdate } from 'log-update';
import type { Outcome } from './outcome.ts';
import type { StackRecord } from './pi-record.ts';
import { liveTable } from './live-table.ts';
import { printable } from '../printable.ts';
import { Rows } from './rows.ts';
import type { Told } from './told.ts';

/** Shows how far a run is, until its summary. */
export interface Display {
  know(record: StackRecord): void;
  tell(stack: string, told: Told): void;
  end(outcome: Pick<Outcome, 'stack' | 'reason'> & { readonly result: Outcome['result'] | 'done' }): void;
  /** A line about the run as a whole. */
  say(line: string): void;
  /** Takes away what was only for the time being. */
  close(): void;
}

/**
 * A live table at a terminal; else a line for each phase and warning: to standard output, or where that is JSON to standard error.
 *
 * @param lines `none`: without a terminal nothing is shown.
 */
export function displayOf(
  stacks: readonly string[],
  { json, lines = 'all' }: { readonly json: boolean; readonly lines?: 'all' | 'none' },
): Display {
  const { columns, rows } = process.stdout;
  // A terminal that does not tell its size cannot be drawn over.
  const isDrawable = isInteractive({ stream: process.stdout }) && columns > 0 && rows > 0;
  if (!json && isDrawable) return new LiveDisplay(new Rows(stacks));
  const write = json ? console.error : console.log;
  return new LineDisplay(new Rows(stacks), lines === 'all' ? write : () => undefined);
}

const drawEveryMilliseconds = 250;

class LiveDisplay implements Display {
  readonly #rows: Rows;
  readonly #update = createLogUpdate(process.stdout);
  readonly #timer: NodeJS.Timeout;

  constructor(rows: Rows) {
    this.#rows = rows;
    this.#timer = setInterval(() => {
      this.#draw();
    }, drawEveryMilliseconds);
    this.#draw();
  }

  know(record: StackRecord): void {
    this.#rows.know(record);
  }

  tell(stack: string, told: Told): void {
    this.#rows.tell(stack, told);
    if (told.kind === 'warning' || told.kind === 'request')
      this.say(labelled(this.#rows.labelOf(stack, told.urn), told.text));
  }

  end({ stack, result, reason = '' }: Parameters<Display['end']>[0]): void {
    this.#rows.end(stack, result, reason);
  }

  say(line: string): void {
    this.#update.persist(line);
    this.#draw();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#update.clear();
    this.#update.done();
  }

  #draw(): void {
    const { columns, rows } = process.stdout;
    this.#update(liveTable(this.#rows.all(), { columns, rows }, performance.now()));
  }
}

class LineDisplay implements Display {
  readonly #rows: Rows;
  readonly #write: (line: string) => void;

  constructor(rows: Rows, write: (line: string) => void) {
    this.#rows = rows;
    this.#write = write;
  }

  know(record: StackRecord): void {
    this.#rows.know(record);
  }

  tell(stack: string, told: Told): void {
    const isNewPhase = this.#rows.tell(stack, told);
    const label = this.#rows.labelOf(stack, told.urn);
    if (told.kind !== 'status') this.#write(labelled(label, told.text));
    else if (isNewPhase && told.text !== '') this.#write(labelled(label, told.text));
  }

  end({ stack, result }: Parameters<Display['end']>[0]): void {
    this.#rows.end(stack, result, '');
    this.#write(labelled(stack, result));
  }

  say(line: string): void {
    this.#write(line);
  }

  close(): void {
    // Its lines stay.
  }
}

function labelled(label: string, text: string): string {
  return printable(text)
    .split('\n')
    .map((line) => `${label}: ${line}`)
    .join('\n');
}
