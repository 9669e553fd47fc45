import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Token, tokensOf } from '../../../../provider/nix/evaluation-cache/tokens.ts';
import { Uncertain } from '../../../../provider/nix/evaluation-cache/uncertain.ts';

/** Tokens in short: `identifier:x`, `string:[a,{identifier:x},b]`. */
function short(tokens: readonly Token[]): string[] {
  return tokens.map((token) => {
    if (token.kind === 'dynamic') return `dynamic:{${short(token.tokens).join(' ')}}`;
    if (token.kind !== 'string') return token.kind === 'operator' ? token.text : `${token.kind}:${token.text}`;
    const parts = token.parts.map((part) => (typeof part === 'string' ? part : `{${short(part).join(' ')}}`));
    return `${token.indented ? 'indented' : 'string'}:[${parts.join(',')}]`;
  });
}

describe('Nix source in tokens', () => {
  test.each<[string, string[]]>([
    ["a-b.c' = 1;", ['identifier:a-b', '.', "identifier:c'", '=', 'number:1', ';']],
    ['# x\na /* "\n */ b', ['identifier:a', 'identifier:b']],
    ['./x.nix ../y a/b', ['path:./x.nix', 'path:../y', 'path:a/b']],
    ['/etc/x ~/y', ['path:/etc/x', 'path:~/y']],
    ['a /b', ['identifier:a', 'path:/b']],
    ['a//b // {}', ['identifier:a', '//', 'identifier:b', '//', '{', '}']],
    ['./. + "/x"', ['path:./.', '+', 'string:[/x]']],
    ['<nixpkgs/nixos> < a', ['lookup:nixpkgs/nixos', '<', 'identifier:a']],
    ['https://example.org/x?y=1', ['string:[https://example.org/x?y=1]']],
    ['x:x', ['string:[x:x]']],
    ['x: x', ['identifier:x', ':', 'identifier:x']],
    ['"a\\n\\"${b}$${c}\\${d}$"', ['string:[a\n",{identifier:b},$${c}${d}$]']],
    ['"${"${x}"}"', ['string:[{string:[{identifier:x}]}]']],
    ["''a ''' ''${x} ''\\n $${y} ${z}''", ["indented:[a '' ${x} \n $${y} ,{identifier:z}]"]],
    ["''it's''", ["indented:[it's]"]],
    ['"${ { a = "}"; }.a }x"', ['string:[{{ identifier:a = string:[}] ; } . identifier:a},x]']],
    ['{ ${a} = 1; }', ['{', 'dynamic:{identifier:a}', '=', 'number:1', ';', '}']],
    ['a.${b}', ['identifier:a', '.', 'dynamic:{identifier:b}']],
    ['...@args ? b', ['...', '@', 'identifier:args', '?', 'identifier:b']],
    ['', []],
  ])('%s', (source, tokens) => {
    expect(short(tokensOf(source))).toEqual(tokens);
  });

  test.each([
    './${x}/y',
    'a/${x}',
    '/${x}',
    '~/${x}',
    './x${y}',
    '"',
    "''",
    '"${x"',
    '{',
    '}',
    '{ } }',
    '\u0000',
    'a = §;',
  ])('is not certain: %p', (source) => {
    expect(() => tokensOf(source)).toThrow(Uncertain);
  });

  test('whatever a file holds, there are tokens or there is no certainty', () => {
    const pieces = fc.constantFrom(
      '"',
      "''",
      '${',
      '}',
      '{',
      '$',
      '\\',
      'a',
      '/',
      './x',
      '#',
      '/*',
      '*/',
      '\n',
      ' ',
      '<',
      '+',
      '~/',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(pieces).map((all) => all.join('')),
          fc.string(),
        ),
        (source) => {
          try {
            tokensOf(source);
          } catch (error) {
            expect(error).toBeInstanceOf(Uncertain);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  test('a string holds what was written into it', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const plain = `"${text.replace(/[\\"$]/g, (character) => `\\${character}`)}"`;
        expect(tokensOf(plain)).toEqual([{ kind: 'string', indented: false, parts: text === '' ? [] : [text] }]);
      }),
    );
  });
});
