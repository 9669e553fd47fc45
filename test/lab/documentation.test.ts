import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type CodeBlock, type Treatment, codeBlocks, treatment } from '../../docs/code-blocks.ts';
import { Lab } from '../../lab/lab.ts';
import { Bench } from './documented/bench.ts';
import { hands } from './documented/hands.ts';
import { story } from './documented/story.ts';

jest.setTimeout(10 * 60_000);

// What the documents tell their reader to type, typed in their order: each block starts where the one before it ended.
describe('a person with a checkout and the documents', () => {
  const lab = Lab.open();
  let bench: Bench;
  // The block that was begun and did not come to its end.
  let stuckAt: string | undefined;

  beforeAll(async () => {
    bench = await Bench.make(lab);
  });

  afterAll(() => lab.down());

  const toDo = (document: string) =>
    codeBlocks(document).flatMap((block) => {
      const treated = treatment(block);
      return treated?.kind === 'run' || treated?.kind === 'file'
        ? [{ block, treated, name: nameOf(block, treated) }]
        : [];
    });

  describe.each([...story])('who reads %s', (document) => {
    test.each(toDo(document))('$name', async ({ block, treated }) => {
      if (stuckAt !== undefined) throw new Error(`${stuckAt} failed before: what comes after it means nothing`);
      stuckAt = `${block.document}:${String(block.line)}`;
      if (treated.kind === 'file') await bench.write(treated.path, block.text);
      else await runBlock(block, treated);
      stuckAt = undefined;
    });
  });

  async function runBlock(block: CodeBlock, { on, after, fails }: Treatment & { kind: 'run' }): Promise<void> {
    for (const words of after) await hands[words]?.(bench);
    const { code, text } = await bench.run(block.text, on);
    if ((code !== 0) !== fails) throw new Error(`it ended with ${String(code)}:\n${text}`);
    expect(text).toEqual(expect.stringMatching(printed(block.prints)));
  }
});

function nameOf({ line, text }: CodeBlock, treated: Treatment): string {
  return `line ${String(line)}: ${treated.kind === 'file' ? treated.path : (text.split('\n')[0] ?? '')}`;
}

/** A pattern for what a document quotes: its lines in their order, with anything in the place of `…` and between lines. */
function printed(quoted: string): RegExp {
  const literally = (text: string) => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
  const lines = quoted.trim().split('\n');
  return new RegExp(lines.map((line) => line.trim().split('…').map(literally).join('.*')).join('[^]*'));
}
