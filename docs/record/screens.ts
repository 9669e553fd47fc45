import xterm from '@xterm/headless';
import type { TerminalSize } from '../../lab/pseudo-terminal.ts';
import type { Chunk } from './recording.ts';

/** Text in one colour. */
export interface Run {
  readonly text: string;
  /** One of the terminal's sixteen colours; undefined for that of all text. */
  readonly color: number | undefined;
  readonly bold: boolean;
}

/** What is on the screen from a moment on. */
export interface Screen {
  /** Since the beginning, in seconds. */
  readonly seconds: number;
  readonly lines: readonly (readonly Run[])[];
}

/** How long a screen stays at least, in seconds of the recording: a spinner turns faster. */
const shortest = 0.4;

/** What a terminal shows of a recording. */
export async function screens(chunks: readonly Chunk[], { columns, rows }: TerminalSize): Promise<Screen[]> {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  const found: Screen[] = [];
  for (const [index, { seconds, text }] of chunks.entries()) {
    await new Promise<void>((resolve) => {
      terminal.write(text, resolve);
    });
    const next = chunks[index + 1];
    const last = found.at(-1);
    const isBrief = next !== undefined && next.seconds - seconds < 0.02;
    if (isBrief || (next !== undefined && last !== undefined && seconds - last.seconds < shortest)) continue;
    found.push({ seconds, lines: linesOf(terminal, rows) });
  }
  return found;
}

function linesOf(terminal: xterm.Terminal, rows: number): Run[][] {
  const { active } = terminal.buffer;
  return Array.from({ length: rows }, (_, row) => {
    const line = active.getLine(active.baseY + row);
    return line === undefined ? [] : runs(line);
  });
}

function runs(line: NonNullable<ReturnType<xterm.Terminal['buffer']['active']['getLine']>>): Run[] {
  const found: Run[] = [];
  for (let column = 0; column < line.length; column++) {
    const cell = line.getCell(column);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const color = cell.isFgPalette() ? cell.getFgColor() : undefined;
    const bold = cell.isBold() !== 0;
    const text = cell.getChars() || ' ';
    const last = found.at(-1);
    if (last?.color === color && last?.bold === bold) found[found.length - 1] = { ...last, text: last.text + text };
    else found.push({ text, color, bold });
  }
  const end = found.at(-1);
  if (end !== undefined) found[found.length - 1] = { ...end, text: end.text.trimEnd() };
  return found.filter(({ text }) => text !== '');
}
