import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import ts from 'typescript';

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

test('README.md names every output of the program', () => {
  const exported = [...read('index.ts').matchAll(/^export const (?:\{([^}]+)\}|(\w+))/gm)];
  const names = exported.flatMap(([, several, one]) => (several ?? one ?? '').split(',').map((name) => name.trim()));
  expect(names.length).toBeGreaterThan(10);
  const table =
    read('README.md')
      .split(/^## /m)
      .find((section) => section.startsWith('Outputs')) ?? '';
  for (const name of names) expect(table).toContain(`\`${name}\``);
});

test('README.md has TypeScript that parses', () => {
  const blocks = [...read('README.md').matchAll(/^```ts\n(.*?)^```/gms)].map(([, code = '']) => code);
  expect(blocks.length).toBeGreaterThan(0);
  for (const code of blocks) {
    const { diagnostics = [] } = ts.transpileModule(code, { reportDiagnostics: true });
    expect(diagnostics.map(({ messageText }) => messageText)).toEqual([]);
  }
});

test('README.md names every config key of Pulumi.yaml, and every npm script that it names is there', () => {
  const readme = read('README.md');
  const keys = [...(read('Pulumi.yaml').split(/^config:$/m)[1] ?? '').matchAll(/^ {2}(\w+):$/gm)].map(
    (match) => match[1],
  );
  expect(keys.length).toBeGreaterThan(10);
  for (const key of keys) expect(readme).toContain(`\`${key ?? ''}\``);
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  for (const [, script = ''] of readme.matchAll(/npm run ([\w:-]+)/g)) expect(scripts).toHaveProperty([script]);
});
