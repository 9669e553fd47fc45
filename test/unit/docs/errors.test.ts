import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { diagnose, diagnoses, findDiagnosis } from '../../../provider/diagnosis/diagnose.ts';

const project = path.join(import.meta.dirname, '../../..');
const document = readFileSync(path.join(project, 'docs/errors.md'), 'utf8');

/** All texts of the provider, each on one line: literals that are put together over several lines are joined. */
const provider = globSync('{provider,card-writer}/**/*.{ts,cjs}', { cwd: project })
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
  const sections = ['Before it starts', 'Configuration', 'The card', 'The Pi', 'Becoming root', 'Deployment'];
  test.each(sections.flatMap(quoted))('%s', (text) => {
    const parts = text.split(/\s*(?:…|, but …)\s*/).filter((part) => part.length > 6);
    expect(parts.length).toBeGreaterThan(0);
    for (const part of parts) expect(provider).toContain(part);
  });
});

describe('what other tools say', () => {
  const texts = quoted('What other tools say');

  test.each(texts)('“%s” is known to the provider', (text) => {
    expect(diagnose(text)).toBeDefined();
  });

  test('stands there with all that is known', () => {
    const documented = new Set(texts.map(findDiagnosis));
    expect(diagnoses.filter((diagnosis) => !documented.has(diagnosis)).map(({ cause }) => cause)).toEqual([]);
  });

  test('has the causes and remedies of the provider', () => {
    const plain = (text: string): string => text.replaceAll(/\\\||\s+/g, (match) => (match === '\\|' ? '|' : ' '));
    for (const { cause, remedy } of diagnoses) {
      expect(plain(document)).toContain(plain(cause));
      expect(plain(document)).toContain(plain(remedy));
    }
  });
});
