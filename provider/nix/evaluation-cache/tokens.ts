import { Uncertain } from './uncertain.ts';

/** A piece of Nix source. Comments and white space are left out. */
export type Token =
  | { readonly kind: 'identifier' | 'number' | 'operator'; readonly text: string }
  /** A path literal as it is written, without interpolation: `./x.nix`, `../x`, `/etc/x`, `~/x`. */
  | { readonly kind: 'path'; readonly text: string }
  /** `<nixpkgs/nixos>`, without the brackets. */
  | { readonly kind: 'lookup'; readonly text: string }
  /** A string, escapes resolved: texts and what is interpolated between them. */
  | { readonly kind: 'string'; readonly indented: boolean; readonly parts: readonly StringPart[] }
  /** `${…}` as an attribute's name. */
  | { readonly kind: 'dynamic'; readonly tokens: readonly Token[] };

export type StringPart = string | readonly Token[];

// As in Nix' src/libexpr/lexer.l; of those that match, the longest counts, of equally long ones the first.
const patterns = [
  ['identifier', /[a-zA-Z_][a-zA-Z0-9_'-]*/y],
  ['number', /(?:[0-9]+\.[0-9]*|\.?[0-9]+)(?:[Ee][+-]?[0-9]+)?/y],
  ['path', /[a-zA-Z0-9._+-]*(?:\/[a-zA-Z0-9._+-]+)+\/?/y],
  ['path', /~(?:\/[a-zA-Z0-9._+-]+)+\/?/y],
  ['interpolated path', /(?:~|[a-zA-Z0-9._+-]*)\/(?=\$\{)/y],
  ['lookup', /<[a-zA-Z0-9._+-]+(?:\/[a-zA-Z0-9._+-]+)*>/y],
  ['url', /[a-zA-Z][a-zA-Z0-9+.-]*:[a-zA-Z0-9%/?:@&=+$,_.!~*'-]+/y],
  ['operator', /\.\.\.|==|!=|<=|>=|&&|\|\||\/\/|\+\+|->|\|>|<\||[{}()[\];:,.=?@!<>+\-*/]/y],
] as const;

/**
 * Splits Nix source into tokens.
 *
 * @throws Uncertain when it is no source that this understands, or a path in it is interpolated.
 */
export function tokensOf(source: string): Token[] {
  const lexer = new Lexer(source);
  const tokens = lexer.tokens();
  if (!lexer.atEnd) throw new Uncertain('a bracket too many');
  return tokens;
}

class Lexer {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  get atEnd(): boolean {
    return this.#at >= this.#source.length;
  }

  /** To the end, or to the brace that closes what was opened before. */
  tokens(): Token[] {
    const tokens: Token[] = [];
    let open = 0;
    for (;;) {
      this.#skipSpace();
      if (this.atEnd || (this.#source[this.#at] === '}' && open === 0)) break;
      const token = this.#token();
      if (token.kind === 'operator') open += token.text === '{' ? 1 : token.text === '}' ? -1 : 0;
      tokens.push(token);
    }
    if (open > 0) throw new Uncertain('a brace is not closed');
    return tokens;
  }

  #token(): Token {
    if (this.#skip('"')) return { kind: 'string', indented: false, parts: this.#string(() => this.#plainPiece()) };
    if (this.#skip("''")) return { kind: 'string', indented: true, parts: this.#string(() => this.#indentedPiece()) };
    if (this.#skip('${')) return { kind: 'dynamic', tokens: this.#interpolation() };
    const { kind, text } = this.#longest();
    this.#at += text.length;
    if (kind === 'interpolated path' || (kind === 'path' && this.#source.startsWith('${', this.#at))) {
      throw new Uncertain('an interpolated path');
    }
    if (kind === 'url') return { kind: 'string', indented: false, parts: [text] };
    return { kind, text: kind === 'lookup' ? text.slice(1, -1) : text };
  }

  #longest(): { kind: (typeof patterns)[number][0]; text: string } {
    let found: { kind: (typeof patterns)[number][0]; text: string } | undefined;
    for (const [kind, pattern] of patterns) {
      pattern.lastIndex = this.#at;
      const text = pattern.exec(this.#source)?.[0] ?? '';
      if (text.length > (found?.text.length ?? 0)) found = { kind, text };
    }
    if (found === undefined) throw new Uncertain('source that is not understood');
    return found;
  }

  /** @param piece reads a text, or undefined at the end of the string. */
  #string(piece: () => string | undefined): StringPart[] {
    const parts: StringPart[] = [];
    let text = '';
    for (;;) {
      if (this.atEnd) throw new Uncertain('a string is not closed');
      if (this.#skip('${')) {
        if (text !== '') parts.push(text);
        text = '';
        parts.push(this.#interpolation());
        continue;
      }
      const read = piece();
      if (read === undefined) return text === '' ? parts : [...parts, text];
      text += read;
    }
  }

  #plainPiece(): string | undefined {
    if (this.#skip('"')) return undefined;
    if (this.#skip('\\')) return unescaped(this.#take(1));
    // `$$` is two dollars, also before a brace.
    return this.#take(/^\$[^{"\\]/.test(this.#source.slice(this.#at, this.#at + 2)) ? 2 : 1);
  }

  #indentedPiece(): string | undefined {
    if (this.#skip("''$")) return '$';
    if (this.#skip("'''")) return "''";
    if (this.#skip("''\\")) return unescaped(this.#take(1));
    if (this.#skip("''")) return undefined;
    return this.#take(/^\$[^{']/.test(this.#source.slice(this.#at, this.#at + 2)) ? 2 : 1);
  }

  #interpolation(): Token[] {
    const tokens = this.tokens();
    if (!this.#skip('}')) throw new Uncertain('a brace is not closed');
    return tokens;
  }

  #skipSpace(): void {
    const space = /(?:[ \t\r\n]+|#[^\r\n]*|\/\*[^]*?\*\/)*/y;
    space.lastIndex = this.#at;
    this.#at += space.exec(this.#source)?.[0].length ?? 0;
  }

  #skip(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #take(count: number): string {
    const text = this.#source.slice(this.#at, this.#at + count);
    this.#at += count;
    return text;
  }
}

function unescaped(character: string): string {
  return { n: '\n', r: '\r', t: '\t' }[character] ?? character;
}
