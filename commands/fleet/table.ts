import Table from 'cli-table3';
import { printable } from '../printable.ts';

/** Columns that are two blanks apart, and nothing else. */
export const frameless = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '' },
  ...{ 'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
};

/** Nothing is coloured, and no column has a margin beside the gap. */
export const plain = { head: [], border: [], 'padding-left': 0, 'padding-right': 0 };

/** Prints a table for a person to standard output; see {@link tableText}. */
export function printTable(head: readonly string[], cells: readonly (readonly string[])[]): void {
  const { isTTY, columns } = process.stdout;
  console.log(tableText(head, cells, isTTY && columns > 0 ? columns : undefined));
}

/**
 * A table whose columns are two blanks apart, and nothing else.
 *
 * @param cells a row each, of whatever was said; the last column may be all that a build printed.
 * @param columns of the terminal, at whose end the last column is wrapped; default: it is not.
 */
export function tableText(
  head: readonly string[],
  cells: readonly (readonly string[])[],
  columns = Number.POSITIVE_INFINITY,
): string {
  const rows = cells.map((row) => row.map((cell) => printable(cell)));
  const widths = head.slice(0, -1).map((_, column) => longestLine([head, ...rows].map((row) => row[column] ?? '')));
  const room = columns - widths.reduce((sum, width) => sum + width + frameless.middle.length, 0);
  const table = new Table({ head: [...head], chars: frameless, style: plain });
  // The library measures a cell anew for each of its lines, which takes minutes for some thousands: so it gets a row for each.
  for (const row of rows) table.push(...linesOf([...row.slice(0, -1), wrapped(row.at(-1) ?? '', room)]));
  const lines = table.toString().split('\n');
  // Once more, since a line that was wrapped begins anywhere in what was said.
  return printable(lines.map((line) => line.trimEnd()).join('\n'));
}

function longestLine(cells: readonly string[]): number {
  return cells.flatMap((cell) => cell.split('\n')).reduce((most, { length }) => Math.max(most, length), 0);
}

function wrapped(text: string, room: number): string {
  if (room === Number.POSITIVE_INFINITY) return text;
  return text.replaceAll(new RegExp(`.{${String(Math.max(20, room))}}(?=.)`, 'gu'), '$&\n');
}

/** A row for each line of its cells. */
function linesOf(row: readonly string[]): string[][] {
  const lines = row.map((cell) => cell.split('\n'));
  const height = Math.max(...lines.map(({ length }) => length));
  return Array.from({ length: height }, (_, at) => lines.map((cell) => cell[at] ?? ''));
}
