import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { diagnose } from '../../../provider/diagnosis/diagnose.ts';

const project = path.join(import.meta.dirname, '../../..');
const document = readFileSync(path.join(project, 'docs/errors.md'), 'utf8');

/** All texts of the provider, each on one line: literals that are put together over several lines are joined. */
const provider = globSync('provider/**/*.{ts,cjs}', { cwd: project })
  .map((file) => readFileSync(path.join(project, file), 'utf8'))
  .join('\n')
  .replaceAll(/['`"] \+\s+['`"]/g, '');

/** The code in the first column of a section's table. */
function quoted(section: string): string[] {
  const text = document.split(/^## /m).find((part) => part.startsWith(section)) ?? '';
  const rows = text.split('\n').filter((line) => line.startsWith('| `'));
  return rows.flatMap((row) => [...(row.split(' | ')[0] ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ''));
}

describe('docs/errors.md quotes what the provider says', () => {
  const sections = ['Before it starts', 'Configuration', 'The card', 'The Pi', 'sudo', 'Activation'];
  test.each(sections.flatMap(quoted))('%s', (text) => {
    const parts = text.split(/\s*(?:…|, but …)\s*/).filter((part) => part.length > 6);
    expect(parts.length).toBeGreaterThan(0);
    for (const part of parts) expect(provider).toContain(part);
  });
});

test.each(quoted('Nix'))('Nix’ “%s” is known to the provider', (text) => {
  expect(diagnose(text)).toBeDefined();
});
