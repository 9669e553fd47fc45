import Table from 'cli-table3';
import { printable } from './printable.ts';

/** Columns that are two blanks apart, and nothing else. */
export const frameless = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '' },
  ...{ 'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
};

/**
 * Prints a table for a person to standard output.
 *
 * @param cells a row each, of whatever was said; the last column may be long: it is wrapped where the terminal ends.
 */
export function printTable(head: readonly string[], cells: readonly (readonly string[])[]): void {
  const { isTTY, columns } = process.stdout;
  const rows = cells.map((row) => row.map((cell) => printable(cell)));
  const table = new Table({
    head: [...head],
    chars: frameless,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    ...(isTTY && columns > 0 ? wrapped(columns, [head, ...rows]) : {}),
  });
  table.push(...rows);
  const text = table.toString().replaceAll(/ +$/gm, '');
  // Once more, since a line that was wrapped begins anywhere in what was said.
  console.log(printable(text));
}

function wrapped(columns: number, rows: readonly (readonly string[])[]): object {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(1, ...rows.map((row) => longestLine(row[column] ?? ''))));
  const fixed = widths.slice(0, -1);
  const used = fixed.reduce((sum, width) => sum + width + frameless.middle.length, 0);
  return { colWidths: [...fixed, Math.max(20, columns - used)], wordWrap: true, wrapOnWordBoundary: false };
}

function longestLine(text: string): number {
  return Math.max(...text.split('\n').map((line) => line.length));
}
