import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { markSecret } from '../../../lab/command-plugin-stand-in/secrets.ts';
import { generateHostKey } from '../../../provider/card/host-key.ts';
import { Plugin } from './plugin.ts';
import { SshServer } from './ssh-server.ts';

const type = 'command:remote:Command';

describe('the stand-in for the command plugin: remote.Command', () => {
  let plugin: Plugin;
  const server = new SshServer();
  beforeAll(async () => {
    plugin = await Plugin.start();
    await server.listen();
  });
  afterAll(async () => {
    await plugin.stop();
    await server.close();
  });

  function connection(changes: object = {}): object {
    const { port, privateKey, hostKey } = server;
    return {
      host: '127.0.0.1',
      port,
      user: 'pi',
      privateKey,
      hostKey,
      dialErrorLimit: 1,
      perDialTimeout: 5,
      ...changes,
    };
  }

  test('runs the command there, and returns the connection as the secret that it came as', async () => {
    const secret = markSecret(connection());
    const { outputs } = await plugin.create(type, { connection: secret, create: 'echo there; cat', stdin: 'input' });
    expect(outputs).toEqual({
      connection: secret,
      create: 'echo there; cat',
      stdin: 'input',
      stdout: 'there\ninput',
      stderr: '',
    });
  });

  test('makes the connection a secret in its check', async () => {
    const { inputs, failures } = await plugin.check(type, { connection: { host: 'pi' }, create: 'true' });
    expect(failures).toEqual([]);
    expect(inputs['connection']).toEqual(markSecret({ host: 'pi' }));
  });

  test('a connection without a host is refused', async () => {
    const { failures } = await plugin.check(type, { connection: { user: 'pi' }, create: 'true' });
    expect(failures).toMatchObject([{ property: 'connection.host' }]);
  });

  test('a failing command fails the resource, in the words of the plugin', async () => {
    await expect(plugin.create(type, { connection: connection(), create: 'echo said; exit 7' })).rejects.toThrow(
      'Process exited with status 7: running "echo said; exit 7":\nsaid\n',
    );
    await expect(plugin.create(type, { connection: connection(), create: 'kill -9 $$' })).rejects.toThrow(
      'from signal KILL',
    );
  });

  test('another host key is refused', async () => {
    const { publicKey: hostKey } = generateHostKey();
    await expect(plugin.create(type, { connection: connection({ hostKey }), create: 'true' })).rejects.toThrow(
      'after 1 failed attempts: ssh: handshake failed: ssh: host key mismatch',
    );
  });

  test('without a host key any is accepted, as by the plugin', async () => {
    const { port, privateKey } = server;
    const anyHost = { host: '127.0.0.1', port, user: 'pi', privateKey };
    const { outputs } = await plugin.create(type, { connection: anyHost, create: 'echo in' });
    expect(outputs['stdout']).toBe('in');
  });

  test('another user key is not let in', async () => {
    const { privateKey } = generateHostKey();
    await expect(
      plugin.create(type, { connection: connection({ privateKey, dialErrorLimit: 0 }), create: 'true' }),
    ).rejects.toThrow('ssh: unable to authenticate');
  });

  test('gives up after the limit of attempts', async () => {
    const gone = new SshServer();
    await gone.listen();
    const { port } = gone;
    await gone.close();
    await expect(plugin.create(type, { connection: connection({ port }), create: 'true' })).rejects.toThrow(
      `after 1 failed attempts: dial tcp 127.0.0.1:${String(port)}: connect: connection refused`,
    );
  });

  test('dials again until a server that comes up late answers', async () => {
    const late = new SshServer();
    await late.listen();
    const { port, privateKey, hostKey } = late;
    await late.close();
    const created = plugin.create(type, {
      connection: connection({ port, privateKey, hostKey, dialErrorLimit: 20 }),
      create: 'echo late',
    });
    await sleep(700);
    await late.listen(port);
    try {
      expect((await created).outputs['stdout']).toBe('late');
    } finally {
      await late.close();
    }
  });
});
