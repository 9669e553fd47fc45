import { stripVTControlCharacters } from 'node:util';

const unprintable = String.raw`[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]`;

/**
 * What a Pi, Nix or an engine said, as it may be given to a terminal or a CI: its lines stay, but nothing in it moves the cursor,
 * writes to the clipboard, turns the direction of what follows, or is taken for a command by a CI that reads along.
 */
export function printable(text: string): string {
  const lines = withoutSequences(text).replaceAll('\r\n', '\n');
  return withoutCommands(lines.replaceAll(new RegExp(String.raw`(?![\n\t])${unprintable}`, 'gu'), ' '));
}

/** A value as JSON, which holds what was said to the letter, and is as harmless where it is printed. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2)
    .replaceAll(new RegExp(String.raw`(?!\n)${unprintable}`, 'gu'), escaped)
    .replaceAll(anywhere, escaped);
}

// Each by itself, since from every beginning the end is looked for: of one that has none, through all that follows.
const beginningOfSequence = new RegExp(String.raw`(?=[\u001B\u009B](?!\\))`);

function withoutSequences(text: string): string {
  return text
    .split(beginningOfSequence)
    .map((piece) => stripVTControlCharacters(piece))
    .join('');
}

// What GitHub's runner heeds: `::error::…` where a line begins, and `##[error]…` wherever it stands; Azure's knows `##vso[…]`.
const atBeginning = /^([^\S\n]*):(?=:\S.*::)/gm;
const anywhere = /#(?=#\w*\[)/g;

function withoutCommands(text: string): string {
  return text.replaceAll(atBeginning, '$1: ').replaceAll(anywhere, '# ');
}

function escaped(character: string): string {
  return String.raw`\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
}
