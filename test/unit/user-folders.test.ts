import { homedir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { inCacheFolder, inStateFolder } from '../../provider/values/user-folders.ts';

const variables = ['XDG_STATE_HOME', 'XDG_CACHE_HOME'] as const;
const before = variables.map((name) => [name, process.env[name]] as const);

function set(name: string, value: string | undefined): void {
  if (value === undefined) Reflect.deleteProperty(process.env, name);
  else process.env[name] = value;
}

afterEach(() => {
  for (const [name, value] of before) set(name, value);
});

describe('where files of ours are', () => {
  test.each([
    ['is not set', undefined],
    ['is empty', ''],
    ['is no absolute path', 'state'],
  ])('where the variable %s: below the home directory', (_what, value) => {
    for (const name of variables) set(name, value);
    expect(inStateFolder('gcroots')).toBe(path.join(homedir(), '.local/state/pulumi-nixos-pi/gcroots'));
    expect(inCacheFolder('a', 'b')).toBe(path.join(homedir(), '.cache/pulumi-nixos-pi/a/b'));
  });

  test('where the variables name folders: below these', () => {
    set('XDG_STATE_HOME', '/var/ada/state');
    set('XDG_CACHE_HOME', '/var/ada/cache/');
    expect([inStateFolder('gcroots'), inCacheFolder()]).toEqual([
      '/var/ada/state/pulumi-nixos-pi/gcroots',
      '/var/ada/cache/pulumi-nixos-pi',
    ]);
  });
});
