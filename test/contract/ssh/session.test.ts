import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { HostKeyError, UnreachableError } from '../../../provider/ssh/connection.ts';
import { type SessionOptions, SshSession, withSession } from '../../../provider/ssh/session.ts';
import { parseHostKey } from '../../../provider/ssh/target.ts';
import { recordedContext } from '../../unit/handlers/recorded-context.ts';
import { freePort, SshServer } from './ssh-server.ts';
import { Wire } from './wire.ts';

let server: SshServer;
beforeAll(async () => {
  server = await SshServer.start();
}, 300_000);
afterAll(async () => {
  await server.stop();
});

describe('contact with a Pi', () => {
  test('is one connection for many commands', async () => {
    const connections = await withSession(recordedContext(), server.target('free'), 10, async (session) => {
      const script = ['sh', '-c', 'echo "$SSH_CONNECTION"'];
      const first = await session.use((connection) => connection.run(script));
      const second = await session.use((connection) => connection.run(script));
      session.dispose();
      const third = await session.use((connection) => connection.run(script));
      return [first.stdout, second.stdout, third.stdout];
    });
    expect(connections[0]).toBe(connections[1]);
    expect(connections[1]).not.toBe(connections[2]);
  });

  test('goes on over the connection of another one, which needs a new one then', async () => {
    const script = ['sh', '-c', 'echo "$SSH_CONNECTION"'];
    const ask = (session: SshSession) => session.use(async (connection) => (await connection.run(script)).stdout);
    const sessions = [1, 2].map(() => new SshSession(recordedContext(), server.target('free'), 10));
    const [one, other] = sessions as [SshSession, SshSession];
    try {
      const [own, first] = [await ask(one), await ask(other)];
      one.takeOver(other);
      expect(await ask(one)).toBe(first);
      expect([own, first]).not.toContain(await ask(other));
    } finally {
      for (const session of sessions) session.dispose();
    }
  });

  test('is made again when it is lost, and what was asked is asked again', async () => {
    const wire = await Wire.to(server.port);
    const session = new SshSession(recordedContext(), server.target('free', { port: wire.port }), 10);
    try {
      let asked = 0;
      const result = await session.use((connection) => {
        asked += 1;
        if (asked === 1) wire.cut();
        return connection.run(['echo', 'there']);
      });
      expect([asked, result.stdout]).toEqual([2, 'there\n']);
    } finally {
      session.dispose();
      await wire.close();
    }
  });

  test('an error of what is run is not asked again', async () => {
    let asked = 0;
    const failing = withSession(recordedContext(), server.target('free'), 10, (session) =>
      session.use((connection) => {
        asked += 1;
        return connection.run(['false']);
      }),
    );
    await expect(failing).rejects.toThrow('exit code 1');
    expect(asked).toBe(1);
  });

  test('a command that takes too long is not asked again', async () => {
    let asked = 0;
    const failing = withSession(recordedContext(), server.target('free'), 10, (session) =>
      session.use((connection) => {
        asked += 1;
        return connection.run(['sleep', '600'], { timeoutSeconds: 0.3 });
      }),
    );
    await expect(failing).rejects.toThrow('no end after 0.3 s');
    expect(asked).toBe(1);
  });
});

describe('waiting for a Pi', () => {
  test('ends when it answers, and says meanwhile what it waits for', async () => {
    const context = recordedContext();
    const port = await freePort();
    const session = new SshSession(context, server.target('free', { port }), 30);
    const waiting = session.use((connection) => connection.run(['echo', 'there']));
    await sleep(1200);
    const late = createServer((near) => {
      near.destroy();
    });
    await new Promise<void>((resolve) => late.listen(port, '127.0.0.1', resolve));
    await sleep(800);
    await new Promise((resolve) => late.close(resolve));
    const wire = await Wire.to(server.port, port);
    expect((await waiting).stdout).toBe('there\n');
    session.dispose();
    await wire.close();
    expect(context.lines[0]).toMatch(
      /^progress: waiting for the-pi, \d+ s of 30 s: the-pi cannot be reached: nothing listens on its port \d+\.$/,
    );
  }, 40_000);

  test('says before that what a person has to do until then', async () => {
    const context = recordedContext();
    const target = server.target('free', { port: await freePort() });
    const session = new SshSession(context, target, 1, { wish: 'put the card into it' });
    await expect(session.use((connection) => connection.run(['true']))).rejects.toBeInstanceOf(UnreachableError);
    expect(context.lines[0]).toMatch(/^progress: put the card into it; waiting for the-pi, 0 s of 1 s: /);
  });

  test('ends with the last error when the time is over', async () => {
    const session = new SshSession(recordedContext(), server.target('free', { port: await freePort() }), 2);
    const error = await session.use((connection) => connection.run(['true'])).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UnreachableError);
  });

  test('ends at once when it is cancelled', async () => {
    const controller = new AbortController();
    const context = recordedContext(controller.signal);
    const session = new SshSession(context, server.target('free', { port: await freePort() }), 600);
    const waiting = session.use((connection) => connection.run(['true'])).catch((thrown: unknown) => thrown);
    await sleep(300);
    controller.abort();
    expect(await waiting).toMatchObject({ name: 'AbortError' });
  }, 5000);

  test('bears that it lets nobody in yet, however long it took to answer at all', async () => {
    const controller = new AbortController();
    const context = recordedContext(controller.signal);
    const stranger = { port: await freePort(), identityFiles: [join(server.machine.shared, 'stranger')] };
    const session = new SshSession(context, server.target('free', stranger), 600);
    const waiting = session.use((connection) => connection.run(['true'])).catch((thrown: unknown) => thrown);
    await sleep(300);
    const now = Date.now;
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => now() + 60_000);
    const wire = await Wire.to(server.port, stranger.port);
    await sleep(5000);
    controller.abort();
    await waiting;
    clock.mockRestore();
    await wire.close();
    expect(context.lines.filter((line) => line.includes('does not let free in')).length).toBeGreaterThan(1);
  }, 15_000);

  test('ends at once when it is cancelled while the Pi hangs', async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const controller = new AbortController();
    const session = new SshSession(recordedContext(controller.signal), server.target('free', { port }), 600);
    const waiting = session.use((connection) => connection.run(['true'])).catch((thrown: unknown) => thrown);
    await sleep(300);
    controller.abort(new Error('the engine is gone'));
    expect(await waiting).toMatchObject({ message: 'the engine is gone' });
    silent.close();
  }, 5000);

  describe('while another machine answers', () => {
    const hostKey = parseHostKey('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f');
    /** How waiting goes on when a minute has passed since the other machine first answered: with an error, or at all. */
    const afterAMinute = async (options: SessionOptions) => {
      const controller = new AbortController();
      const context = recordedContext(controller.signal);
      const session = new SshSession(context, server.target('free', { hostKey }), 600, options);
      const waiting = session.use((connection) => connection.run(['true'])).catch((thrown: unknown) => thrown);
      while (context.lines.length === 0) await sleep(50);
      await sleep(200);
      const now = Date.now;
      const clock = jest.spyOn(Date, 'now').mockImplementation(() => now() + 60_000);
      const goesOn = sleep(4000, 'it goes on');
      const ending = await Promise.race([waiting, goesOn]);
      controller.abort();
      await waiting;
      clock.mockRestore();
      return ending;
    };

    test('ends after a short grace', async () => {
      expect(await afterAMinute({})).toBeInstanceOf(HostKeyError);
    }, 10_000);

    test('goes on where that may be the Pi with its old card', async () => {
      expect(await afterAMinute({ awaitHostKey: true })).toBe('it goes on');
    }, 10_000);

    test('ends when the time is over, and says meanwhile what it waits for', async () => {
      const context = recordedContext();
      const session = new SshSession(context, server.target('free', { hostKey }), 2, { awaitHostKey: true });
      const error = await session.use((connection) => connection.run(['true'])).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(HostKeyError);
      expect(context.lines.length).toBeGreaterThan(1);
      expect(context.lines[0]).toContain('Another machine answers at the-pi');
    });
  });
});

test('a command ends at once when it is cancelled, and its connection with it', async () => {
  const controller = new AbortController();
  const session = new SshSession(recordedContext(controller.signal), server.target('free'), 10);
  const running = session.use((connection) => connection.run(['sleep', '600'])).catch((thrown: unknown) => thrown);
  await sleep(600);
  controller.abort(new Error('the engine is gone'));
  expect(await running).toMatchObject({ message: 'the engine is gone' });
}, 5000);
