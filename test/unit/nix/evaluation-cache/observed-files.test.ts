import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ObservedFiles } from '../../../../provider/nix/evaluation-cache/observed-files.ts';
import { Uncertain } from '../../../../provider/nix/evaluation-cache/uncertain.ts';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'observed-files-')));
  mkdirSync(join(folder, 'home'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const at = (name: string) => join(folder, name);
const write = (files: Record<string, string>) => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(at(name), '..'), { recursive: true });
    writeFileSync(at(name), text);
  }
};

async function observed(): Promise<ObservedFiles> {
  const files = new ObservedFiles(at('home'));
  await files.follow(at('pi.nix'), 'import');
  return files;
}
const states = async () => JSON.stringify([...(await observed()).states].sort());
const uncertain = async () => {
  await expect(observed()).rejects.toThrow(Uncertain);
};

describe('what a configuration mentions is looked at', () => {
  test('from file to file, wherever it lies, whether it is there or not', async () => {
    write({
      'pi.nix':
        '{ imports = [ ./a.nix ../absent.nix <nixos-hardware/x> ]; keys = [ (builtins.readFile ./key.pub) ~/k ]; }',
      'a.nix': `{ imports = [ ./sub ]; file = "${at('named')}"; }`,
      'sub/default.nix': '{ imports = [ ./../b.nix ]; }',
      'b.nix': '{ }',
      'key.pub': 'ssh-ed25519 AAAA+/B me',
      named: 'x',
    });
    const files = await observed();
    expect([...files.states.keys()].sort()).toEqual(
      ['../absent.nix', 'a.nix', 'b.nix', 'home/k', 'key.pub', 'named', 'pi.nix', 'sub', 'sub/default.nix']
        .map(at)
        .sort(),
    );
    expect([...files.lookups]).toEqual(['nixos-hardware/x']);
  });

  const tree = {
    'pi.nix': '{ imports = [ ./a.nix ]; x = ./data; y = ./absent; "/etc" = 1; }',
    'a.nix': '{ z = builtins.readFile ./key.pub; }',
    'key.pub': 'ssh-ed25519 A',
    'data/x/script': '#!/bin/sh',
    'data/empty': '',
  };

  test.each<[string, () => void]>([
    [
      'the configuration',
      () => {
        write({ 'pi.nix': `${tree['pi.nix']} ` });
      },
    ],
    [
      'what it imports',
      () => {
        write({ 'a.nix': '{ }' });
      },
    ],
    [
      'a file that is read',
      () => {
        write({ 'key.pub': 'ssh-ed25519 B' });
      },
    ],
    [
      'a file in a folder',
      () => {
        write({ 'data/x/script': '#!/bin/bash' });
      },
    ],
    [
      'whether it can be executed',
      () => {
        chmodSync(at('data/x/script'), 0o755);
      },
    ],
    [
      'a further file in a folder',
      () => {
        write({ 'data/x/more': '' });
      },
    ],
    [
      'a file that is gone',
      () => {
        unlinkSync(at('data/empty'));
      },
    ],
    [
      'a file that was absent',
      () => {
        write({ absent: '' });
      },
    ],
    [
      'a file that becomes a folder',
      () => {
        unlinkSync(at('data/empty'));
        mkdirSync(at('data/empty'));
      },
    ],
  ])('another state: %s', async (_name, change) => {
    write(tree);
    const before = await states();
    expect(await states()).toBe(before);
    change();
    expect(await states()).not.toBe(before);
  });

  test('but not what else lies beside it', async () => {
    write(tree);
    const before = await states();
    write({ 'beside.nix': 'builtins.currentTime', 'home/x': '' });
    expect(await states()).toBe(before);
  });

  test('a file may be read and imported', async () => {
    write({ 'pi.nix': '{ a = builtins.readFile ./b.nix; imports = [ ./b.nix ]; }', 'b.nix': 'builtins.currentTime' });
    await uncertain();
  });
});

describe('it is not certain', () => {
  test.each<[string, Record<string, string>]>([
    ['where an import is not', { 'a.nix': '{ x = builtins.currentTime; }' }],
    ['where a file in a folder is not', { 'data/x.nix': 'builtins.currentTime' }],
    ['where a file of another name is a module that is not', { 'data/module': '{ x }: builtins.currentTime' }],
    ['where a file that is read is a path', { 'key.pub': '/etc/hosts\n' }],
    [
      'where a folder has too many files',
      Object.fromEntries(Array.from({ length: 1100 }, (_none, index) => [`data/${String(index)}`, ''])),
    ],
  ])('%s', async (_name, files) => {
    write({ 'pi.nix': '{ imports = [ ./a.nix ]; y = ./data; z = builtins.readFile ./key.pub; }', ...files });
    await uncertain();
  });

  test.each([
    '{ x = "/nix/store/00000000000000000000000000000000-x"; }',
    '{ x = "/"; }',
    '{ x = "/dev"; }',
    '{ x = /.; }',
  ])('of %s', async (text) => {
    write({ 'pi.nix': text });
    await uncertain();
  });

  test('where a module is a link', async () => {
    write({ 'pi.nix': '{ imports = [ ./a.nix ]; }', 'elsewhere/a.nix': '{ }' });
    symlinkSync(at('elsewhere/a.nix'), at('a.nix'));
    await uncertain();
  });
});

test('what a link leads to is looked at', async () => {
  write({ 'pi.nix': '{ x = builtins.readFile ./link; y = ./dangling; }', target: '1' });
  symlinkSync(at('target'), at('link'));
  symlinkSync(at('nowhere'), at('dangling'));
  const before = await states();
  write({ target: '2' });
  const after = await states();
  expect(after).not.toBe(before);
  write({ nowhere: '' });
  expect(await states()).not.toBe(after);
});
