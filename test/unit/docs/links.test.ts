import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import ts from 'typescript';
import { codeBlocks } from '../../../docs/code-blocks.ts';

const project = path.join(import.meta.dirname, '../../..');
const read = (file: string): string => readFileSync(path.join(project, file), 'utf8');
const documents = ['README.md', ...globSync('{docs,bench,hosts,lab}/*.md', { cwd: project })];

/** The names by which GitHub links to a document's headings. */
function anchors(file: string): string[] {
  return [...read(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe.each(documents)('%s', (file) => {
  const targets = [...read(file).matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target);
  const inside = targets.filter((target) => !/^https?:/.test(target));

  test('leads only to what exists', () => {
    for (const target of inside) {
      const [name = '', anchor] = target.split('#');
      const other = name === '' ? file : path.join(path.dirname(file), name);
      expect({ target, exists: existsSync(path.join(project, other)) }).toEqual({ target, exists: true });
      if (anchor !== undefined) expect(anchors(other)).toContain(anchor);
    }
  });
});

test.each(documents)('%s has TypeScript that parses', (file) => {
  const blocks = codeBlocks(file).filter(({ language }) => language === 'ts');
  for (const { text } of blocks) {
    const { diagnostics = [] } = ts.transpileModule(text, { reportDiagnostics: true });
    expect(diagnostics.map(({ messageText }) => messageText)).toEqual([]);
  }
});

test('README.md leads to every document', () => {
  const readme = read('README.md');
  for (const document of globSync('docs/*.md', { cwd: project })) expect(readme).toContain(`](${document})`);
});
