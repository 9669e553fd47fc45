import { describe, expect, test } from '@jest/globals';
import { generationsToDelete, parseGenerations } from '../../../provider/activation/generations.ts';

const path = (name: string) => `/nix/store/md1mnxv6sp1913rpvx80mmz99fr6d6ij-nixos-system-${name}`;
const generations = ['a', 'b', 'c', 'd'].map((name, index) => ({ number: index + 1, storePath: path(name) }));

describe('the generations that go', () => {
  test.each<[string, number, string[], number[]]>([
    ['the oldest', 2, ['d'], [1, 2]],
    ['none when there are no more than are kept', 4, ['d'], []],
    ['none when more are kept than there are', 9, ['d'], []],
    ['never the booted or running one', 1, ['a', 'd'], [2, 3]],
    ['never the deployed one, though it is old', 2, ['b'], [1]],
  ])('%s', (_name, keep, needed, expected) => {
    const gone = generationsToDelete(generations, keep, needed.map(path));
    expect(gone.map(({ number }) => number)).toEqual(expected);
  });

  test('two generations of one needed system both stay', () => {
    const twice = [...generations, { number: 5, storePath: path('a') }];
    expect(generationsToDelete(twice, 1, [path('a')]).map(({ number }) => number)).toEqual([2, 3, 4]);
  });
});

test('the list is read in the order of the numbers, without what is no generation', () => {
  const text = [
    `/nix/var/nix/profiles/system-10-link ${path('k')}`,
    `/nix/var/nix/profiles/system-2-link ${path('b')}`,
    '/nix/var/nix/profiles/system-3-link /home/pi',
    'nonsense',
    '',
  ].join('\n');
  expect(parseGenerations(text)).toEqual([
    { number: 2, storePath: path('b') },
    { number: 10, storePath: path('k') },
  ]);
});
