import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { resourcesDocument } from '../../../docs/resources.ts';

const file = path.join(import.meta.dirname, '../../../docs/resources.md');

test('docs/resources.md is what `npm run docs` makes of the doc comments', async () => {
  expect(await readFile(file, 'utf8')).toBe(await resourcesDocument());
});

test('every argument is described, and an optional one with its default', async () => {
  const rows = (await resourcesDocument())
    .split('\n')
    .filter((line) => /^\| `[\w.]+` +\|.*_(input|optional)_/.test(line));
  expect(rows.length).toBeGreaterThan(40);
  for (const row of rows) expect(row).toMatch(/_optional_.*default|^(?!.*_optional_).*\| [A-Z/].* \|$/i);
});
