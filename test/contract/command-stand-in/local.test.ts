import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Plugin } from './plugin.ts';

const type = 'command:local:Command';

describe('the stand-in for the command plugin: local.Command', () => {
  let plugin: Plugin;
  beforeAll(async () => {
    plugin = await Plugin.start();
  });
  afterAll(async () => {
    await plugin.stop();
  });

  test('says that it is a stand-in', () => {
    expect(plugin.stderr).toContain('stand-in of the lab');
  });

  test('runs create and keeps what it prints, without the final newline', async () => {
    const { id, outputs } = await plugin.create(type, { create: 'echo out; echo; echo err >&2' });
    expect(id).toMatch(/^check[0-9a-f]{8}$/);
    expect(outputs).toMatchObject({ create: 'echo out; echo; echo err >&2', stdout: 'out\n', stderr: 'err' });
  });

  test('gives stdin, environment, directory and interpreter to the command', async () => {
    const inputs = { stdin: 'text', environment: { WORD: 'a b' }, dir: '/', interpreter: ['/bin/sh', '-uc'] };
    const { outputs } = await plugin.create(type, { ...inputs, create: 'cat; echo " $WORD $PWD"' });
    expect(outputs['stdout']).toBe('text a b /');
  });

  test('updates with update, else with create again, and hands over the previous output', async () => {
    const state = { create: 'echo created', stdout: 'before', stderr: 'and error' };
    const say = 'echo "$PULUMI_COMMAND_STDOUT|$PULUMI_COMMAND_STDERR"';
    expect(await plugin.update(type, state, { create: 'false', update: say })).toMatchObject({
      stdout: 'before|and error',
    });
    expect(await plugin.update(type, state, { create: say })).toMatchObject({ stdout: 'before|and error' });
    expect(await plugin.update(type, state, { create: say, addPreviousOutputInEnv: false })).toMatchObject({
      stdout: '|',
    });
  });

  test('a failing command fails the resource, with its exit code and all that it said', async () => {
    await expect(plugin.create(type, { create: 'echo one; echo two >&2; exit 3' })).rejects.toThrow(
      'exit status 3: running "echo one; echo two >&2; exit 3":\n',
    );
    await expect(plugin.create(type, { create: 'kill -9 $$' })).rejects.toThrow(
      'signal: killed: running "kill -9 $$":',
    );
    await expect(plugin.delete(type, { delete: 'exit 4', stdout: '', stderr: '' })).rejects.toThrow('exit status 4');
  });

  test('without a delete command nothing is run', async () => {
    await plugin.delete(type, { create: 'exit 1', stdout: '', stderr: '' });
  });

  test('other triggers replace, other commands update, the same does neither', async () => {
    const state = { create: 'echo', triggers: ['a'], addPreviousOutputInEnv: true, stdout: '', stderr: '' };
    const inputs = { create: 'echo', triggers: ['a'], addPreviousOutputInEnv: true };
    expect(await plugin.diff(type, state, inputs)).toEqual({ changes: false, replaces: [] });
    expect(await plugin.diff(type, state, { ...inputs, create: 'true' })).toEqual({ changes: true, replaces: [] });
    expect(await plugin.diff(type, state, { ...inputs, triggers: ['b'] })).toEqual({
      changes: true,
      replaces: ['triggers'],
    });
  });

  test('refuses what it does not do, and wrong types; lets what is unknown pass', async () => {
    expect((await plugin.check(type, { assetPaths: ['*'] })).failures).toMatchObject([{ property: 'assetPaths' }]);
    expect((await plugin.check(type, { create: 1 })).failures).toMatchObject([{ property: 'create' }]);
    const unknown = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';
    expect(await plugin.check(type, { create: unknown, environment: { A: unknown } })).toEqual({
      inputs: { create: unknown, environment: { A: unknown }, addPreviousOutputInEnv: true },
      failures: [],
    });
  });
});
