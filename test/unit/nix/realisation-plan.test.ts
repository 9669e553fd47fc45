import { expect, test } from '@jest/globals';
import { describeRealisation } from '../../../provider/nix/dry-run.ts';

const nothing = { toBuild: [], toFetch: [], downloadBytes: 0, unpackedBytes: 0, unknown: [] };

test.each([
  ['nothing to do', nothing, ''],
  ['builds only', { ...nothing, toBuild: ['a', 'b'] }, '2 derivations to build'],
  [
    'both',
    { ...nothing, toBuild: ['a'], toFetch: ['b', 'c'], downloadBytes: 2e6, unpackedBytes: 8e6 },
    /^1 derivation to build, 2 paths to fetch \(2(?:\.0)? MB download, 8(?:\.0)? MB unpacked\)$/,
  ],
])('%s in half a sentence', (_name, plan, expected) => {
  expect(describeRealisation(plan)).toEqual(typeof expected === 'string' ? expected : expect.stringMatching(expected));
});
