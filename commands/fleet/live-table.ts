import Table from 'cli-table3';
import { piLabel } from './pi-record.ts';
import { printable } from '../printable.ts';
import type { Row } from './rows.ts';
import { frameless, plain } from './table.ts';

/** What a terminal shows, in characters. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/**
 * The live table, for a terminal of that size: never higher and never wider, so that it can be drawn over. Where not all lines
 * fit, those are left out first of which least is to be told.
 */
export function liveTable(rows: readonly Row[], size: Size, now: number): string {
  // One line for the sum, and one for the cursor.
  const room = Math.max(0, size.rows - 2);
  const shown = mostTelling(rows, room);
  const sum = fitted(sumOf(rows, rows.length - shown.length), size.columns);
  return shown.length === 0 ? sum : `${drawn(shown, size.columns, now)}\n${sum}`;
}

function drawn(rows: readonly Row[], columns: number, now: number): string {
  const cells = rows.map(({ stack, pi, phase, detail, begun, ended }) => [
    piLabel(stack, pi),
    phase,
    tookOf(begun, ended, now),
    // Cut before the package shortens it, which takes it seconds for a long one.
    detail === phase ? '' : printable(detail).replaceAll(/\s+/g, ' ').slice(0, columns),
  ]);
  const widthOf = (column: number) => Math.max(1, ...cells.map((row) => row[column]?.length ?? 0));
  const most = Math.max(4, Math.floor(columns / 4));
  const fixed = [Math.min(most, widthOf(0)), Math.min(most, widthOf(1)), widthOf(2)];
  const gaps = frameless.middle.length * fixed.length;
  const rest = Math.max(1, columns - gaps - fixed.reduce((sum, width) => sum + width, 0));
  const table = new Table({ chars: frameless, style: plain, colWidths: [...fixed, rest] });
  table.push(...cells);
  return table
    .toString()
    .split('\n')
    .map((line) => fitted(line.trimEnd(), columns))
    .join('\n');
}

function fitted(line: string, columns: number): string {
  return line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`;
}

/** As many as there is room for, in their order: what goes on first, then what went wrong, what waits, what is done. */
function mostTelling(rows: readonly Row[], room: number): Row[] {
  const chosen = new Set([...rows].sort((one, other) => rankOf(one) - rankOf(other)).slice(0, room));
  return rows.filter((row) => chosen.has(row));
}

function rankOf({ phase, begun, ended }: Row): number {
  if (begun !== undefined && ended === undefined) return 0;
  if (phase === 'failed' || phase === 'interrupted') return 1;
  return ended === undefined ? 2 : 3;
}

function sumOf(rows: readonly Row[], hidden: number): string {
  const stacks = rows.filter(({ pi }) => pi === undefined);
  const ended = stacks.filter((row) => row.ended !== undefined);
  const failed = ended.filter(({ phase }) => phase === 'failed').length;
  const running = stacks.filter((row) => row.begun !== undefined && row.ended === undefined).length;
  return [
    `${String(ended.length)} of ${String(stacks.length)} ended`,
    failed > 0 && `${String(failed)} failed`,
    `${String(running)} running`,
    hidden > 0 && `${String(hidden)} more not shown`,
  ]
    .filter(Boolean)
    .join(', ');
}

/** For example `1:05`; empty before it began. */
function tookOf(begun: number | undefined, ended: number | undefined, now: number): string {
  if (begun === undefined) return '';
  const seconds = Math.max(0, Math.floor(((ended ?? now) - begun) / 1000));
  return `${String(Math.floor(seconds / 60))}:${String(seconds % 60).padStart(2, '0')}`;
}
