import { describe, expect, test } from '@jest/globals';
import { isNewEnough } from '../../../commands/card-writer/interpreter.ts';
import { sudoersRule } from '../../../commands/card-writer/sudoers.ts';

describe('the rule for sudo', () => {
  test('allows one program without arguments', () => {
    expect(sudoersRule('ada')).toEqual({
      path: '/etc/sudoers.d/pulumi-nixos-pi_ada',
      text: expect.stringContaining(
        '\nada ALL=(root) NOPASSWD: /usr/local/libexec/pulumi-nixos-pi/card-writer.mjs ""\n',
      ),
    });
  });

  test('is in a file that sudo reads', () => {
    expect(sudoersRule('ada.lovelace').path).toBe('/etc/sudoers.d/pulumi-nixos-pi_ada=lovelace');
    expect(sudoersRule('ada_lovelace').path).toBe('/etc/sudoers.d/pulumi-nixos-pi_ada_lovelace');
  });

  test.each(['', 'ALL, ada', '%wheel', 'ada\neve', '#0', 'a=b', '../ada', '-u', 'ALL', 'ADMINS'])(
    'is not made for %j',
    (user) => {
      expect(() => sudoersRule(user)).toThrow('is no user name');
    },
  );
});

test.each([
  ['v18.20.4', false],
  ['v20.14.0', false],
  ['v20.15.0', true],
  ['v21.7.3', false],
  ['v22.1.0', false],
  ['v22.2.0', true],
  ['v24.11.1', true],
  ['', false],
])('Node %s can run the card writer: %s', (version, expected) => {
  expect(isNewEnough(version)).toBe(expected);
});
