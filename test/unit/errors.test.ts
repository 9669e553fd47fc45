import { describe, expect, test } from '@jest/globals';
import { messageOf, PartialFailure, type Problem, ProvisioningError } from '../../provider/errors.ts';

describe('the message of an error', () => {
  test.each<[string, Problem, string[]]>([
    ['what happened alone', { what: 'The Pi is gone.' }, ['The Pi is gone.']],
    [
      'all of it, in the order in which a person reads it',
      { what: 'It failed.', remedy: 'mend it', original: 'one\ntwo\n', tried: 'nix-build x' },
      ['It failed.', '  tried: nix-build x', '  it said:', '      one', '      two', '  what to do: mend it'],
    ],
    ['nothing of what is empty', { what: 'It failed.', tried: '', original: '', remedy: '' }, ['It failed.']],
  ])('holds %s', (_name, problem, lines) => {
    expect(new ProvisioningError(problem).message).toBe(lines.join('\n'));
  });

  test('gets a remedy from a caller that knows more, and keeps its cause', () => {
    const first = new ProvisioningError({ what: 'It failed.', tried: 'x', remedy: 'unknown' });
    const second = first.withRemedy('do this');
    expect(second.message).toBe('It failed.\n  tried: x\n  what to do: do this');
    expect(second.cause).toBe(first);
  });
});

test('a partial failure carries what is known of the resource', () => {
  const failure = new PartialFailure({ what: 'Half.' }, 'the-id', { done: 1 });
  expect(failure).toMatchObject({ id: 'the-id', outputs: { done: 1 }, message: 'Half.', name: 'PartialFailure' });
  expect(failure).toBeInstanceOf(ProvisioningError);
});

test.each<[unknown, string]>([
  [new Error('text'), 'text'],
  ['text', 'text'],
  [undefined, 'undefined'],
  [42, '42'],
])('the text of %p that was thrown is %j', (thrown, text) => {
  expect(messageOf(thrown)).toBe(text);
});
