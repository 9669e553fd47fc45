import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connect } from '../../../provider/ssh/connection.ts';
import { SshSession } from '../../../provider/ssh/session.ts';
import { recordedContext } from '../../unit/handlers/recorded-context.ts';
import { SshServer } from './ssh-server.ts';

let server: SshServer;
beforeAll(async () => {
  server = await SshServer.start({ penalties: true });
}, 300_000);
afterAll(async () => {
  await server.stop();
});

// Each refusal counts 5 s, and more than 15 s at a time shut this machine out until they have passed (sshd_config(5),
// PerSourcePenalties).
test('a Pi that lets nobody in yet is not asked so often that it does not answer any more', async () => {
  const { machine } = server;
  const context = recordedContext();
  // A look before it, which cannot wait, is refused too.
  machine.write('/etc/ssh/authorized', '');
  const look = new SshSession(recordedContext(), server.target('free'), 2, { graceSeconds: 0 });
  await expect(look.use((connection) => connection.run(['true']))).rejects.toThrow('does not let free in');
  const session = new SshSession(context, server.target('free'), 60);
  const waiting = session.use((connection) => connection.run(['id', '-un']));
  await sleep(7000);
  machine.write('/etc/ssh/authorized', readFileSync(join(machine.shared, 'id.pub'), 'utf8'));
  expect((await waiting).stdout.trim()).toBe('free');
  session.dispose();
  expect(context.lines.filter((line) => !line.includes('does not let free in'))).toEqual([]);
});

test('a Pi that shuts this machine out says why it may not answer', async () => {
  const stranger = server.target('free', { identityFiles: [join(server.machine.shared, 'stranger')] });
  const errors: unknown[] = [];
  for (let tries = 0; tries < 6; tries += 1) errors.push(await connect(stranger).catch((error: unknown) => error));
  expect(errors.at(-1)).toMatchObject({
    name: 'UnreachableError',
    message: expect.stringMatching(/hung up before it began\.[^]*PerSourcePenalties/),
  });
});
