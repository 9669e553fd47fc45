import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { readEntry, removeUnused, writeEntry } from '../../../../provider/nix/evaluation-cache/entries.ts';
import { environmentOfNix, changesForNix } from '../../../../provider/nix/evaluation-cache/environment.ts';

const schema = z.object({ storePath: z.string() });
const entry = { answer: { storePath: '/nix/store/x' }, warnings: ['careful'] };

let caches: string;
const before = process.env['XDG_CACHE_HOME'];
beforeEach(() => {
  caches = mkdtempSync(join(tmpdir(), 'entries-'));
  process.env['XDG_CACHE_HOME'] = caches;
});
afterEach(() => {
  if (before === undefined) delete process.env['XDG_CACHE_HOME'];
  else process.env['XDG_CACHE_HOME'] = before;
  rmSync(caches, { recursive: true });
});

const folder = () => join(caches, 'pulumi-nixos-pi/evaluations');
const file = (key: string) => join(folder(), `${key}.json`);

describe('an entry', () => {
  test('is read as it was written, with its warnings', async () => {
    expect(await readEntry('a', schema)).toBeUndefined();
    await writeEntry('a', entry);
    expect(await readEntry('a', schema)).toEqual(entry);
    expect(await readEntry('b', schema)).toBeUndefined();
    expect(readdirSync(folder())).toEqual(['a.json']);
  });

  test.each<[string, (text: string) => string]>([
    ['empty', () => ''],
    ['cut off', (text) => text.slice(0, -5)],
    ['of another key', (text) => text.replace('"a"', '"b"')],
    ['of another shape', (text) => text.replace('storePath', 'path')],
    ['without warnings', (text) => text.replace('warnings', 'w')],
  ])('that is %s is none', async (_name, damage) => {
    await writeEntry('a', entry);
    writeFileSync(file('a'), damage(readFileSync(file('a'), 'utf8')));
    expect(await readEntry('a', schema)).toBeUndefined();
  });

  test('that has not been used for long goes', async () => {
    await writeEntry('old', entry);
    await writeEntry('used', entry);
    writeFileSync(join(folder(), 'x.json.1.unfinished'), '');
    const long = new Date(Date.now() - 31 * 24 * 3600 * 1000);
    for (const name of ['old.json', 'used.json', 'x.json.1.unfinished']) utimesSync(join(folder(), name), long, long);
    await readEntry('used', schema);
    await writeEntry('new', entry);
    await removeUnused();
    expect(readdirSync(folder()).sort()).toEqual(['new.json', 'used.json']);
  });

  test('that cannot be kept is no error', async () => {
    process.env['XDG_CACHE_HOME'] = join(caches, 'file');
    writeFileSync(join(caches, 'file'), '');
    await writeEntry('a', entry);
    expect(await readEntry('a', schema)).toBeUndefined();
  });
});

test('what Nix does not get cannot matter, and what it gets does', () => {
  const environment = {
    HOME: '/home/me',
    NIXPKGS_ALLOW_UNFREE: '1',
    PULUMI_MONITOR: 'x',
    NIXOS_CONFIG: '/x',
    // An `up` of the fleet asks as the fleet itself did, and finds its answer.
    NIXOS_PI_FLASH: 'never',
    A: undefined,
  };
  expect(environmentOfNix(environment)).toEqual([
    ['HOME', '/home/me'],
    ['NIXPKGS_ALLOW_UNFREE', '1'],
    ['PWD', process.cwd()],
  ]);
  expect(changesForNix(environment)).toEqual({
    NIXOS_CONFIG: undefined,
    NIXOS_PI_FLASH: undefined,
    PULUMI_MONITOR: undefined,
    PWD: process.cwd(),
  });
  expect(changesForNix({})).toEqual({ NIXOS_CONFIG: undefined, PWD: process.cwd() });
});

test('the engine, which sets PWD, asks Nix the same as a fleet that a timer started without it', () => {
  expect(environmentOfNix({ PWD: '/elsewhere' })).toEqual(environmentOfNix({}));
});
