import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { printable, printableJson } from '../../../commands/printable.ts';

describe('what was said, as it is printed', () => {
  test.each([
    ['a command of GitHub', '::error file=x::no', ': :error file=x::no'],
    ['one in a later line, behind blanks', 'no\n \t::set-output name=a::b', 'no\n \t: :set-output name=a::b'],
    ['one behind a colour', '\u001B[1m::add-mask::a\u001B[0m', ': :add-mask::a'],
    ['one behind what turns the direction', '\u202E::stop-commands::a', ' : :stop-commands::a'],
    ['one of the older form, anywhere', 'it said ##[error]no', 'it said # #[error]no'],
    ['one of Azure', '##vso[task.setvariable variable=a]b', '# #vso[task.setvariable variable=a]b'],
    ['many marks', '###[error]', '## #[error]'],
    ['a line separator', 'one\u2028::error::two\u2029three\u0085four\rfive', 'one ::error::two three four five'],
  ])('does nothing: %s', (_what, said, printed) => {
    expect(printable(said)).toBe(printed);
  });

  test.each([
    ['a colour', '\u001B[1;31mred\u001B[0m'],
    ['a title', '\u001B]0;title\u0007red'],
    ['a link', '\u001B]8;;http://a\u001B\\red\u001B]8;;\u001B\\'],
    ['a colour in one character', '\u009B31mred'],
  ])('loses %s', (_what, said) => {
    expect(printable(said)).toBe('red');
  });

  test.each(['::1 cannot be reached.', 'std::vector::at', 'two\nlines\tand a tab', '## A title [1]', 'a: b: c::d'])(
    'stays what it was: %j',
    (said) => {
      expect(printable(said)).toBe(said);
    },
  );

  test.each([
    ['empty lines', '\n', '\n'],
    ['titles of windows that have no end', '\u001B]0;a\\', ';a\\'],
  ])('does not hang where a build tells nothing but %s', async (_what, said, printed) => {
    expect(printable(`${said.repeat(300_000)}done`)).toBe(`${printed.repeat(300_000)}done`);
    // So that jest notices how long that took.
    await setTimeout(1);
  });

  test('is the same to a program that reads JSON', () => {
    const said = {
      reason: 'no\n::error::a ##[error]b ##vso[c]d \u2028\u202E\u009B2J ### [x]',
      urn: 'urn:pulumi:a::b::c',
    };
    const json = printableJson(said);
    expect(JSON.parse(json)).toEqual(said);
    expect(json).not.toMatch(/^\s*::|##\w*\[|[\u0080-\u009F\u2028\u202E]/m);
    expect(json).toContain('"urn": "urn:pulumi:a::b::c"\n');
  });
});
