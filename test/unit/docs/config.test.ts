import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { configDocument } from '../../../docs/config.ts';

const file = path.join(import.meta.dirname, '../../../docs/config.md');

test('docs/config.md is what `npm run docs` makes of Pulumi.yaml and the doc comments', async () => {
  expect(await readFile(file, 'utf8')).toBe(await configDocument());
});

test('every key is described with its default, unless it is needed or an empty list', async () => {
  const rows = (await configDocument())
    .split('\n')
    .filter((line) => /^\| `\w+` +\| (list|string|integer|boolean)/.test(line));
  expect(rows.length).toBeGreaterThan(40);
  for (const row of rows) expect(row).toMatch(/[Dd]efault|needed unless|\| list of|--secret/);
});
