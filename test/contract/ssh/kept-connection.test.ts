import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connect } from '../../../provider/ssh/connection.ts';
import { keepConnection, takeConnection } from '../../../provider/ssh/kept-connection.ts';
import { type SshSession, withSession } from '../../../provider/ssh/session.ts';
import { recordedContext } from '../../unit/handlers/recorded-context.ts';
import { SshServer } from './ssh-server.ts';

let server: SshServer;
beforeAll(async () => {
  server = await SshServer.start();
}, 300_000);
afterAll(async () => {
  await server.stop();
});

const context = recordedContext();

test('a connection that is kept is for one who connects to the same target with the same login', async () => {
  const connection = await connect(server.target('free'));
  keepConnection(connection);
  expect(takeConnection(server.target('asked'))).toBeUndefined();
  expect(takeConnection(server.target('free'))).toBe(connection);
  expect(takeConnection(server.target('free'))).toBeUndefined();
  connection.dispose();
});

test('a session goes on over it, and closes it in the end', async () => {
  const target = server.target('free');
  const first = await connect(target);
  keepConnection(first);
  const connection = takeConnection(target);
  const used = await withSession(context, target, 10, (session) => session.use((opened) => Promise.resolve(opened)), {
    connection,
  });
  expect(used).toBe(first);
  await expect(first.execute(['true'])).rejects.toThrow('the connection was lost');
});

test('a session whose connection is lost by then makes its own', async () => {
  const target = server.target('free');
  const lost = await connect(target);
  lost.dispose();
  const name = (session: SshSession) => session.use(async (used) => (await used.run(['whoami'])).stdout);
  expect(await withSession(context, target, 10, name, { connection: lost })).toBe('free\n');
});

test('nobody has to take it: it is closed', async () => {
  const connection = await connect(server.target('free'));
  keepConnection(connection, 0.2);
  await sleep(500);
  expect(takeConnection(server.target('free'))).toBeUndefined();
  await expect(connection.execute(['true'])).rejects.toThrow('the connection was lost');
});

test('of two to one target the later is kept', async () => {
  const [one, other] = [await connect(server.target('free')), await connect(server.target('free'))];
  keepConnection(one);
  keepConnection(other);
  await expect(one.execute(['true'])).rejects.toThrow('the connection was lost');
  expect(takeConnection(server.target('free'))).toBe(other);
  other.dispose();
});
