import { describe, expect, test } from '@jest/globals';
import { ProvisioningError } from '../../../provider/errors.ts';
import { eachOnce, evaluationFailure } from '../../../provider/resources/evaluated.ts';

const cannotBeEvaluated = (name: string, original: string) =>
  evaluationFailure(new ProvisioningError({ what: `${name} cannot be evaluated.`, original }));

describe('what a program fails with', () => {
  test('is its own message, whatever the SDK puts before it, and no stack', () => {
    const failure = cannotBeEvaluated('The image', 'error: syntax');
    failure.message = `error serializing property "storePath": ${failure.message}`;
    expect(failure.message).toBe('The image cannot be evaluated.\n  it said:\n      error: syntax');
    expect(failure).toMatchObject({ __pulumiRunError: true });
  });

  test('is one error for one mistake, which the SDK tells once', () => {
    const first = cannotBeEvaluated('The first', 'error: in common.nix');
    expect(cannotBeEvaluated('The second', 'error: in common.nix')).toBe(first);
    expect(cannotBeEvaluated('The third', 'error: in third.nix')).not.toBe(first);
  });

  test('is what any other error says', () => {
    expect(evaluationFailure(new ProvisioningError({ what: 'a.nix does not exist.' })).message).toBe(
      'a.nix does not exist.',
    );
    expect(evaluationFailure(new TypeError('x is undefined')).message).toBe('x is undefined');
  });
});

test('a warning is told once, whoever gives it', () => {
  const told: string[] = [];
  const tell = eachOnce((text) => told.push(text));
  for (const text of ['old style', 'be careful', 'old style']) tell(text);
  expect(told).toEqual(['old style', 'be careful']);
});
