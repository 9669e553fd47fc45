import {
  harmlessBuiltins,
  harmlessInImports,
  harmlessLibrary,
  harmlessUnderscored,
  readers,
  untold,
} from './known-names.ts';
import type { StringPart, Token } from './tokens.ts';
import { Uncertain } from './uncertain.ts';

/** Something outside itself that a Nix file may read. */
export type Mention =
  /** A path literal, with what is added to it: `./x.nix`, `/etc/x`, `~/x`; and what it is an argument of, if that is known. */
  | { readonly kind: 'path'; readonly text: string; readonly use: 'import' | 'readFile' | undefined }
  /** `<nixpkgs/nixos>` */
  | { readonly kind: 'lookup'; readonly text: string }
  /** A string that is an absolute path, and may be read as one. */
  | { readonly kind: 'text'; readonly text: string }
  /** The same as an attribute's name, as in `fileSystems."/"`. */
  | { readonly kind: 'name'; readonly text: string };

/**
 * What a Nix file of the user's may read when it is evaluated. Every string that can become an absolute path, and every path,
 * has to be seen here; what puts strings together is allowed only where the result cannot be a path, or stays below one that
 * is mentioned.
 *
 * @throws Uncertain where that cannot be told from the tokens.
 */
export function mentionsIn(tokens: readonly Token[]): Mention[] {
  return tokens.flatMap((token, index) => {
    const around = { tokens, index, before: tokens[index - 1], after: tokens[index + 1] };
    if (token.kind === 'identifier') checkIdentifier(token.text, around);
    if (token.kind === 'operator' && token.text === '+') checkAddition(around);
    if (token.kind === 'dynamic') return dynamicMentions(token.tokens, around);
    if (token.kind === 'lookup') return [lookupMention(token.text)];
    if (token.kind === 'path') return [pathMention(token.text, around)];
    return token.kind === 'string' ? stringMentions(token, around) : [];
  });
}

function pathMention(text: string, around: Around): Mention {
  const reader = textOf(around.before) ?? '';
  const use = ['import', 'importApply', 'callPackage'].includes(reader)
    ? 'import'
    : ['readFile', 'fileContents'].includes(reader)
      ? 'readFile'
      : undefined;
  return { kind: 'path', text: `${text}${addedTo(around)}`, use };
}

interface Around {
  readonly tokens: readonly Token[];
  readonly index: number;
  readonly before: Token | undefined;
  readonly after: Token | undefined;
}

function checkIdentifier(name: string, around: Around): void {
  const { tokens, index, before, after } = around;
  if (name.startsWith('__') && !harmlessUnderscored.has(name)) throw new Uncertain(name);
  if (untold.has(name)) throw new Uncertain(name);
  if (readers.has(name) && !isStaticPath(after)) throw new Uncertain(`${name} of something that is no path literal`);
  if (name === 'imports' || name === 'disabledModules') checkImports(tokens, index);
  if (name === 'with') checkWith(tokens, index);
  if (name === 'inherit') checkInherit(tokens, index);
  if (name === 'builtins' && !isInheritedFrom(tokens, index)) checkMember(name, harmlessBuiltins, tokens, index);
  if (name === 'lib' && !isPassedOn(tokens, index)) checkMember(name, harmlessLibrary, tokens, index);
  if (name === 'pkgs' && !isOperator(before, '.') && isOperator(after, '=')) throw new Uncertain('its own pkgs');
  if (name === 'pkgs' && isOperator(after, '.') && tokens[index + 2]?.kind !== 'identifier') {
    throw new Uncertain('a package by a computed name');
  }
  if (name === 'modulesPath' && tokens.length > 1 && !isPassedOn(tokens, index)) {
    if (!isOperator(after, '+') || !isAlone(before)) throw new Uncertain('modulesPath as a whole');
  }
}

/** `builtins.x` and `lib.x`, with a name that is known. */
function checkMember(set: string, harmless: ReadonlySet<string>, tokens: readonly Token[], index: number): void {
  const [dot, member] = tokens.slice(index + 1, index + 3);
  if (!isOperator(dot, '.') || member?.kind !== 'identifier') throw new Uncertain(`${set} as a whole`);
  if (!harmless.has(member.text)) throw new Uncertain(`${set}.${member.text}`);
}

/** A formal argument, one of the names of an `inherit`, or what it inherits from: the same names for the same things. */
function isPassedOn(tokens: readonly Token[], index: number): boolean {
  if (inheritBefore(tokens, index) !== undefined || isInheritedFrom(tokens, index)) return true;
  const [before, after] = [tokens[index - 1], tokens[index + 1]];
  const opens = isOperator(before, '{') || isOperator(before, ',');
  return opens && (isOperator(after, ',') || isOperator(after, '}'));
}

function isInheritedFrom(tokens: readonly Token[], index: number): boolean {
  let at = index - 1;
  while (tokens[at]?.kind === 'identifier' || isOperator(tokens[at], '.')) at -= 1;
  return isOperator(tokens[at], '(') && textOf(tokens[at - 1]) === 'inherit' && isOperator(tokens[index + 1], ')');
}

/** Where the `inherit` is whose list of names this token is in. */
function inheritBefore(tokens: readonly Token[], index: number): number | undefined {
  let at = index - 1;
  while (tokens[at]?.kind === 'identifier' && textOf(tokens[at]) !== 'inherit') at -= 1;
  if (textOf(tokens[at]) === 'inherit') return at;
  if (!isOperator(tokens[at], ')')) return undefined;
  for (let open = 0; at >= 0; at -= 1) {
    open += isOperator(tokens[at], ')') ? 1 : isOperator(tokens[at], '(') ? -1 : 0;
    if (open === 0) return textOf(tokens[at - 1]) === 'inherit' ? at - 1 : undefined;
  }
  return undefined;
}

/** `inherit (lib) mkIf;`: the names are those of `lib.mkIf`. */
function checkInherit(tokens: readonly Token[], index: number): void {
  if (!isOperator(tokens[index + 1], '(')) return;
  const end = tokens.findIndex((token, at) => at > index && isOperator(token, ';'));
  const statement = tokens.slice(index + 2, end);
  const close = statement.findLastIndex((token) => isOperator(token, ')'));
  const from = statement.slice(0, close).map(textOf);
  if (setsOfLibrary.has(from.at(-1) ?? '')) return;
  const harmless = from.includes('builtins') ? harmlessBuiltins : from.includes('lib') ? harmlessLibrary : undefined;
  for (const token of statement.slice(close + 1)) {
    if (token.kind !== 'identifier') throw new Uncertain('inherit of a name in quotes');
    if (harmless !== undefined && (!harmless.has(token.text) || readers.has(token.text))) {
      throw new Uncertain(`inherit of ${token.text}`);
    }
  }
}

function namesInImports(token: Token): string[] {
  if (token.kind === 'identifier') return [token.text];
  if (token.kind !== 'string') return [];
  return token.parts.flatMap((part) => (typeof part === 'string' ? [] : part.flatMap(namesInImports)));
}

const setsOfLibrary: ReadonlySet<string> = new Set(['maintainers', 'licenses', 'types', 'platforms', 'teams']);

/** A module by another name than its path could be one that is downloaded or built, which nobody has looked at. */
function checkImports(tokens: readonly Token[], index: number): void {
  if (!isOperator(tokens[index + 1], '=')) throw new Uncertain('imports as a whole');
  let [open, sets] = [0, 0];
  for (const token of tokens.slice(index + 2)) {
    if (token.kind === 'operator') {
      open += '([{'.includes(token.text) ? 1 : ')]}'.includes(token.text) ? -1 : 0;
      sets += token.text === '{' ? 1 : token.text === '}' ? -1 : 0;
      if (open === 0 && token.text === ';') return;
    }
    if (sets === 0 && namesInImports(token).some((name) => !harmlessInImports.has(name))) {
      throw new Uncertain('an import that is no path');
    }
  }
}

/** After `with pkgs;` names are packages; after another `with` they might be anything. */
function checkWith(tokens: readonly Token[], index: number): void {
  const end = tokens.findIndex((token, at) => at > index && isOperator(token, ';'));
  const subject = tokens.slice(index + 1, end);
  const names = subject.filter((_token, at) => at % 2 === 0).map(textOf);
  const chain = subject.every((token, at) => (at % 2 === 0 ? token.kind === 'identifier' : isOperator(token, '.')));
  if (chain && names[0] === 'pkgs' && !names.includes('lib')) return;
  if (chain && names.includes('lib') && setsOfLibrary.has(names.at(-1) ?? '')) return;
  throw new Uncertain(`with ${names.join('.')}`);
}

function lookupMention(text: string): Mention {
  if (hasParentSegment(text)) throw new Uncertain('a lookup path with ..');
  // Whole libraries of functions under names of the file's own.
  if (/^nixpkgs\/lib(\/|$)/.test(text) || text.startsWith('nix/')) throw new Uncertain(`<${text}>`);
  return { kind: 'lookup', text };
}

/** `${…}` as an attribute's name is allowed where the attribute is defined, not where one is selected. */
function dynamicMentions(tokens: readonly Token[], { tokens: all, index }: Around): Mention[] {
  let at = index;
  while (
    at < all.length &&
    (isOperator(all[at], '.') || ['identifier', 'string', 'dynamic'].includes(all[at]?.kind ?? ''))
  )
    at += 1;
  if (!isOperator(all[at], '=')) throw new Uncertain('an attribute that is selected by a computed name');
  return mentionsIn(tokens);
}

/** `+` puts strings and paths together. */
function checkAddition({ tokens, index, before, after }: Around): void {
  if (before?.kind === 'number' || after?.kind === 'number') return;
  const first = tokens[index - 2];
  if (before?.kind === 'string' && cannotBePath(partsOf(before)) && (isAlone(first) || isOperator(first, '+'))) return;
  const base = before?.kind === 'path' || before?.kind === 'lookup' || textOf(before) === 'modulesPath';
  if (base && isAlone(first) && staticTail(after) !== undefined) return;
  throw new Uncertain('strings or paths that are put together');
}

/** The text that is added to a path literal; empty for none. */
function addedTo({ tokens, index, after }: Around): string {
  return isOperator(after, '+') ? (staticTail(tokens[index + 2]) ?? '') : '';
}

/** A string literal that leads further down from a path. */
function staticTail(token: Token | undefined): string | undefined {
  if (token?.kind !== 'string' || token.parts.length !== 1) return undefined;
  const [text] = token.parts;
  return typeof text === 'string' && text.startsWith('/') && !hasParentSegment(text) ? text : undefined;
}

function stringMentions(token: Token & { kind: 'string' }, { before, after }: Around): Mention[] {
  const parts = partsOf(token);
  const inner = parts.flatMap((part) => (typeof part === 'string' ? [] : mentionsIn(part)));
  const name = isOperator(before, '.') || isOperator(after, '=') || isOperator(after, '.');
  if (name && parts.some((part) => part === 'lib' || part === 'builtins' || part === 'imports'))
    throw new Uncertain('lib by its quoted name');
  const joined = parts.length > 1 || isOperator(before, '+') || isOperator(after, '+');
  for (const part of parts) {
    if (typeof part === 'string' && (joined ? hasDotSegment(part) : hasParentSegment(part)))
      throw new Uncertain('a string with ..');
  }
  if (cannotBePath(parts)) return inner;
  // It was looked at with the path that it is added to.
  if (isOperator(before, '+') && staticTail(token) !== undefined) return inner;
  return [...inner, ...rootedMention(parts, name)];
}

/** What a string begins with: of an indented one, Nix takes away a first line that is blank, and the indentation. */
function partsOf({ indented, parts }: Token & { kind: 'string' }): readonly StringPart[] {
  const [first, ...rest] = parts;
  if (!indented || typeof first !== 'string') return parts;
  const text = first.replace(/^[ \t]*\n/, '').trimStart();
  return text === '' ? rest : [text, ...rest];
}

/** Of a string that may be an absolute path. */
function rootedMention(parts: readonly StringPart[], name: boolean): Mention[] {
  const [first, second] = parts;
  if (first === undefined || (parts.length === 1 && typeof first !== 'string')) return [];
  if (typeof first === 'string') {
    if (parts.length === 1) return [{ kind: name ? 'name' : 'text', text: first }];
    // Whatever follows, it lies below the last folder that is spelt out.
    return [{ kind: 'text', text: first.slice(0, first.lastIndexOf('/') + 1) }];
  }
  if (!isBelowStore(first)) throw new Uncertain('a string that begins with something unknown');
  if (typeof second !== 'string' || !/^[^A-Za-z0-9._+?=-]/.test(second))
    throw new Uncertain('a string of joined names');
  const [word = ''] = /^[^\s"';:,()]*/.exec(second) ?? [];
  if (parts.length > 2 && word === second) throw new Uncertain('a path below a package, with something unknown in it');
  return [];
}

/** `${pkgs.x}` is a path in the store, and so is a file that is copied there; each with one that is known to Nix alone. */
function isBelowStore(tokens: readonly Token[]): boolean {
  const [first, ...rest] = tokens;
  if (first?.kind === 'path' || first?.kind === 'lookup' || textOf(first) === 'modulesPath') return rest.length === 0;
  if (textOf(first) !== 'pkgs' || rest.length === 0) return false;
  return rest.every((token, at) => (at % 2 === 0 ? isOperator(token, '.') : token.kind === 'identifier'));
}

/** Whether a string can be no absolute path: it begins with something else than `/`, or has more than one line. */
function cannotBePath(parts: readonly StringPart[]): boolean {
  if (parts.some((part) => typeof part === 'string' && part.includes('\n'))) return true;
  const [first] = parts;
  return first === undefined || (typeof first === 'string' && !first.startsWith('/'));
}

/** Whether nothing stands before an operand that would bind more tightly than the operator after it. */
function isAlone(before: Token | undefined): boolean {
  if (before === undefined) return true;
  if (before.kind === 'identifier') return ['in', 'then', 'else', 'assert'].includes(before.text);
  return (
    before.kind === 'operator' && ['(', '=', ':', ';', ',', '==', '!=', '?', '&&', '||', '->'].includes(before.text)
  );
}

function isStaticPath(token: Token | undefined): boolean {
  return token?.kind === 'path' || token?.kind === 'lookup';
}

function hasParentSegment(text: string): boolean {
  return /(^|\/)\.\.(\/|$)/.test(text);
}

/** A part that can become `..` beside another one. */
function hasDotSegment(text: string): boolean {
  return /(^|\/)\.\.?(\/|$)/.test(text);
}

function isOperator(token: Token | undefined, text: string): boolean {
  return token?.kind === 'operator' && token.text === text;
}

function textOf(token: Token | undefined): string | undefined {
  return token?.kind === 'identifier' ? token.text : undefined;
}
