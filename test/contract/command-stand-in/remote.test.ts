import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Plugin } from './plugin.ts';

const type = 'command:remote:Command';
const connection = { host: '192.0.2.1', user: 'pi', privateKey: 'a key', dialErrorLimit: 0, perDialTimeout: 1 };

describe('the stand-in for the command plugin: remote.Command', () => {
  let plugin: Plugin;
  beforeAll(async () => {
    plugin = await Plugin.start();
  });
  afterAll(async () => {
    await plugin.stop();
  });

  test('is deleted from a state without a connection, as a check of an older version is', async () => {
    await plugin.delete(type, { connection, create: 'nvim --version', stdout: 'NVIM v0.10', stderr: '' });
  });

  test('is not run, which is told', async () => {
    const { failures } = await plugin.check(type, { connection, create: 'true' });
    expect(failures).toMatchObject([{ property: 'connection', reason: expect.stringContaining('no remote.Command') }]);
    await expect(plugin.delete(type, { connection, delete: 'true' })).rejects.toThrow('no remote.Command');
  });
});
