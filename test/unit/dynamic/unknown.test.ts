import { describe, expect, test } from '@jest/globals';
import { isUnknown, knownPart, splitUnknown } from '../../../provider/dynamic/unknown.ts';

// The literal text of the protocol, on purpose not imported: Pulumi sends it.
const unknown = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

describe('a value that a preview does not know yet', () => {
  test.each<[string, unknown]>([
    ['itself', unknown],
    ['in an object', { a: { b: unknown } }],
    ['in a list', ['x', unknown]],
    ['in objects of lists of objects', { a: [{ b: [unknown] }] }],
  ])('is seen: %s', (_name, value) => {
    expect(isUnknown(value)).toBe(true);
  });

  test.each<[string, unknown]>([
    ['a text', 'x'],
    ['a text that holds it', `a ${unknown}`],
    ['a number', 1],
    ['nothing', undefined],
    ['null', null],
    ['an empty object', {}],
    ['an object whose key it is', { [unknown]: 'x' }],
    ['a list', ['x', 1, null]],
  ])('is not seen in %s', (_name, value) => {
    expect(isUnknown(value)).toBe(false);
  });
});

test('properties are told apart by whether all of them is known', () => {
  expect(splitUnknown({ a: 1, b: unknown, c: { d: unknown, e: 2 }, f: [1] })).toEqual({
    known: { a: 1, f: [1] },
    unknown: { b: unknown, c: { d: unknown, e: 2 } },
  });
});

test('of an object that is known in part, that part is there', () => {
  expect(knownPart({ a: unknown, b: { c: unknown, d: 1, e: { f: unknown } }, g: ['x', unknown], h: ['x'] })).toEqual({
    b: { d: 1, e: {} },
    h: ['x'],
  });
});
