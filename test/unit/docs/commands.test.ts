import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type CodeBlock, codeBlocks, treatment } from '../../../docs/code-blocks.ts';
import { hands } from '../../lab/documented/hands.ts';
import { pis, story, substitutions } from '../../lab/documented/story.ts';

const project = path.join(import.meta.dirname, '../../..');
const read = (file: string): string => readFileSync(path.join(project, file), 'utf8');
const documents = ['README.md', ...globSync('docs/*.md', { cwd: project })].sort();
const blocks = documents.flatMap(codeBlocks);
const commands = blocks.filter(({ language }) => language === 'sh');

const labTests = globSync('test/lab/*.test.ts', { cwd: project }).map(read).join('\n');

/** Why no test runs a block. */
const needs = ['hardware', 'the internet', 'root on this machine', 'itself, it is what runs these tests'];

const place = ({ document, line }: CodeBlock): string => `${document}:${String(line)}`;

describe('every block of commands says which test runs it, or what it needs', () => {
  test.each(commands.map((block) => ({ at: place(block), block })))('$at', ({ block }) => {
    const treated = treatment(block);
    expect(['run', 'read', 'test', 'needs']).toContain(treated?.kind);
    if (treated?.kind === 'needs') expect(needs).toContain(treated.what);
    if (treated?.kind === 'read') expect(labTests).toContain(`'${treated.note}'`);
    if (treated?.kind === 'test') expect(notRunBy(treated.file, block.text)).toEqual([]);
    if (treated?.kind !== 'run') return;
    expect([...story]).toContain(block.document);
    for (const words of treated.after) expect(Object.keys(hands)).toContain(words);
    if (treated.on !== undefined) expect([...pis]).toContain(treated.on);
  });

  test('and there are none in other blocks', () => {
    const others = blocks.filter(({ language, text }) => language !== 'sh' && /^ *\$? ?(npm|pulumi|sudo) /m.test(text));
    expect(others.map(place)).toEqual([]);
  });

  test('and what is quoted as printed is quoted after a block that is run', () => {
    const quoted = blocks.filter(({ prints }) => prints !== '');
    expect(quoted.filter((block) => treatment(block)?.kind !== 'run').map(place)).toEqual([]);
    expect(quoted.length).toBe(blocks.filter(({ language }) => language === 'text').length);
  });
});

test('every hand of the bench has something to do, and every substitution is needed', () => {
  const run = blocks.filter((block) => ['run', 'file'].includes(treatment(block)?.kind ?? ''));
  const used = run
    .map((block) => treatment(block))
    .flatMap((treated) => (treated?.kind === 'run' ? treated.after : []));
  expect(new Set(used)).toEqual(new Set(Object.keys(hands)));
  const text = run.map((block) => block.text).join('\n');
  const unneeded = substitutions.filter(
    ({ documented }) => text.replaceAll('npm run pi --', 'pi --').search(documented) < 0,
  );
  expect(unneeded.map(({ documented }) => documented)).toEqual([]);
});

describe('what the prose names is there', () => {
  const keys = new Set(
    [...(read('Pulumi.yaml').split(/^config:$/m)[1] ?? '').matchAll(/^ {2}(\w+):$/gm)].map(([, key]) => key),
  );
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

  test.each(documents)('%s', (document) => {
    const text = read(document);
    for (const [, key = ''] of text.matchAll(/pulumi config (?:set|rm) (?:--stack \S+ |--\w+ )*'?(\w+)/g))
      if (key !== 'KEY') expect([...keys]).toContain(key);
    for (const [, script = ''] of text.matchAll(/npm run ([\w:-]+)/g)) expect(scripts).toHaveProperty([script]);
    for (const [, name = '', words = ''] of text.matchAll(/npm run (pi|fleet|cards|card-writer) -- ([^`#\n]*)/g))
      for (const [option] of words.matchAll(/--[a-z][a-z-]+/g))
        expect([name, option, optionsOf(name).includes(option)]).toEqual([name, option, true]);
  });
});

/** What a command of ours says in its sources about its options. */
function optionsOf(name: string): string[] {
  const sources = globSync(`commands/${name}/**/*.ts`, { cwd: project }).map(read).join('\n');
  return [...sources.matchAll(/--(?:\[?no-\]?)?[a-z][a-z-]+/g)].map(([option]) => option);
}

/** The commands of a block of which a test has no statement with the same words. */
function notRunBy(file: string, text: string): string[] {
  if (!existsSync(path.join(project, file))) return [`${file} does not exist`];
  const statements = read(file).split(file.endsWith('.ts') ? /;$/m : '\n');
  const lines = text
    .split('\n')
    .map((line) => line.replace(/ +#.*/, ''))
    .filter((line) => line !== '');
  return lines.filter((line) => !statements.some((statement) => wordsOf(line).every((word) => has(statement, word))));
}

/** Program, subcommand and options; names and values are the test's own. */
function wordsOf(line: string): string[] {
  const [script = '', subcommand = '', ...rest] = line
    .replace(/^npm (?:run )?/, '')
    .replace(' -- ', ' ')
    .split(' ');
  return [script, subcommand, ...rest.filter((word) => word.startsWith('--'))].filter(Boolean);
}

function has(statement: string, word: string): boolean {
  return new RegExp(`(?<![\\w-])${word}(?![\\w-])`).test(statement);
}
