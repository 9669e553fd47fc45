import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LineReader } from '../../../provider/process/lines.ts';

/** What is told of some chunks: while they come, and in all. */
function told(...chunks: readonly Buffer[]) {
  const all: string[] = [];
  const reader = new LineReader((line) => all.push(line));
  for (const chunk of chunks) reader.write(chunk);
  const before = [...all];
  reader.end();
  return { before, all };
}

const bytes = (text: string) => Buffer.from(text);

describe('lines of a stream', () => {
  test.each<[string, string[], string[], string[]]>([
    ['in one chunk', ['one\ntwo\n'], ['one', 'two'], ['one', 'two']],
    ['over several chunks', ['o', 'n', 'e\ntw', 'o\n'], ['one', 'two'], ['one', 'two']],
    ['the last one without an end', ['one\ntwo'], ['one'], ['one', 'two']],
    ['that are empty', ['\n\none\n'], ['', '', 'one'], ['', '', 'one']],
    ['that end as those of ssh', ['one\r\ntwo\r', '\nthr\ree'], ['one', 'two'], ['one', 'two', 'thr\ree']],
    ['of nothing', ['', ''], [], []],
  ])('%s', (_name, chunks, before, all) => {
    expect(told(...chunks.map(bytes))).toEqual({ before, all });
  });

  test('a character that is never finished is told as one that cannot be read', () => {
    expect(told(bytes('é').subarray(0, 1)).all).toEqual(['\ufffd']);
  });

  test('are the same wherever the chunks are cut, also within a character', () => {
    const text = fc.string({ unit: fc.constantFrom(...Array.from('a \r\té€🙂')), maxLength: 8 });
    const line = text.filter((each) => !each.endsWith('\r'));
    const ended = fc.tuple(line, fc.constantFrom('\n', '\r\n'));
    fc.assert(
      fc.property(fc.array(ended), text, fc.array(fc.nat(100)), (lines, rest, cuts) => {
        const whole = bytes([...lines.flat(), rest].join(''));
        const places = [0, ...cuts.toSorted((one, other) => one - other), whole.length];
        const chunks = places.slice(1).map((end, index) => whole.subarray(places[index], end));
        const before = lines.map(([each]) => each);
        expect(told(...chunks)).toEqual({ before, all: [...before, ...(rest === '' ? [] : [rest])] });
      }),
    );
  });
});
