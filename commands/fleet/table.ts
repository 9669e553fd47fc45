import { printable } from '../printable.ts';

/** Prints a table for a person to standard output; see {@link tableText}. */
export function printTable(head: readonly string[], cells: readonly (readonly string[])[]): void {
  const { isTTY, columns } = process.stdout;
  console.log(tableText(head, cells, isTTY && columns > 0 ? columns : undefined));
}

const gap = '  ';

/**
 * A table whose columns are two blanks apart, and nothing else. It is made in one pass: a cell may hold all that a build printed.
 *
 * @param cells a row each, of whatever was said.
 * @param columns of the terminal, at whose end the last column is wrapped; default: it is not.
 */
export function tableText(
  head: readonly string[],
  cells: readonly (readonly string[])[],
  columns = Number.POSITIVE_INFINITY,
): string {
  const rows = [head, ...cells.map((row) => row.map((cell) => printable(cell)))];
  const widths = head.slice(0, -1).map((_, column) => longestLine(rows.map((row) => row[column] ?? '').join('\n')));
  const room = columns - widths.reduce((sum, width) => sum + width + gap.length, 0);
  const lines = rows
    .flatMap((row) => linesOf([...row.slice(0, -1), wrapped(row.at(-1) ?? '', room)]))
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(gap));
  // Once more, since a line that was wrapped begins anywhere in what was said.
  return printable(lines.map((line) => line.trimEnd()).join('\n'));
}

function longestLine(text: string): number {
  return text.split('\n').reduce((most, { length }) => Math.max(most, length), 0);
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
