import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import structs from 'google-protobuf/google/protobuf/struct_pb.js';
import { plain } from '../../../provider/dynamic/plain.ts';

describe('outputs', () => {
  test('keep what the protocol can carry, and lose what would orphan the resource', () => {
    const outputs = { a: 1, b: undefined, c: { d: 10n, e: undefined }, f: [undefined, 2n], g: null, h: 'x', i: true };
    expect(plain(outputs)).toStrictEqual({ a: 1, c: { d: 10 }, f: [null, 2], g: null, h: 'x', i: true });
  });

  test('of any kind can be sent', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything({ withBigInt: true, withDate: true })), (outputs) => {
        structs.Struct.fromJavaScript(plain(outputs) as Record<string, structs.JavaScriptValue>);
      }),
    );
  });

  test('are a copy', () => {
    const outputs = { list: [1] };
    expect(plain(outputs)['list']).not.toBe(outputs.list);
  });
});
