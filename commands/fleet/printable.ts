import { stripVTControlCharacters } from 'node:util';

/**
 * What a Pi, Nix or an engine said, as it may be given to a terminal: its lines stay, but nothing in it moves the cursor, writes to
 * the clipboard or turns the direction of what follows.
 */
export function printable(text: string): string {
  const lines = stripVTControlCharacters(text).replaceAll('\r\n', '\n');
  return lines.replaceAll(/(?![\n\t])[\p{Cc}\p{Bidi_Control}]/gu, ' ');
}
