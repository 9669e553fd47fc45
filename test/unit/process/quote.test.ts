import { execFileSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { shellJoin, shellQuote } from '../../../provider/process/quote.ts';

/** Text made of what shells treat as special, and of anything else. */
const argument = fc.oneof(
  fc.string({ unit: fc.constantFrom(...Array.from(`'"\\$\`!*?[]{}()<>|&;#~=%^ \t\n\r-a1é🙂`)), maxLength: 20 }),
  fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')),
);

describe('a quoted argument', () => {
  test.each([
    ['plain', 'plain'],
    ['/nix/store/a-b_c+d=e%f@g:h,i.j', '/nix/store/a-b_c+d=e%f@g:h,i.j'],
    ['', "''"],
    ['two words', "'two words'"],
    ["it's", `'it'\\''s'`],
    ['$(reboot)', "'$(reboot)'"],
    ['a\nb', "'a\nb'"],
    ['~', "'~'"],
  ])('%j is %j', (text, quoted) => {
    expect(shellQuote(text)).toBe(quoted);
  });

  test('arrives in a real shell as it was', () => {
    fc.assert(
      fc.property(fc.array(argument, { minLength: 1, maxLength: 12 }), (argv) => {
        const printed = execFileSync('sh', ['-c', `printf '%s\\0' ${shellJoin(argv)}`], { encoding: 'utf8' });
        expect(printed.split('\0').slice(0, -1)).toEqual(argv);
      }),
      { numRuns: 60 },
    );
  });

  test('cannot hold a NUL byte', () => {
    expect(() => shellQuote('a\0b')).toThrow(RangeError);
  });
});
