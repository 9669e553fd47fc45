import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connect } from '../../../provider/ssh/connection.ts';
import { SshServer } from './ssh-server.ts';
import { Wire } from './wire.ts';

let server: SshServer;
beforeAll(async () => {
  server = await SshServer.start();
}, 300_000);
afterAll(async () => {
  await server.stop();
});

test('bytes of a command are given as they come, and are not kept', async () => {
  const connection = await connect(server.target('free'));
  const received: Buffer[] = [];
  const { stdout } = await connection.run(['printf', '\\377\\000\\n'], { onStdout: (chunk) => received.push(chunk) });
  connection.dispose();
  expect(Buffer.concat(received)).toEqual(Buffer.from([255, 0, 10]));
  expect(stdout).toBe('');
});

test('a connection may compress what goes over it', async () => {
  const wire = await Wire.to(server.port);
  const connection = await connect(server.target('free', { port: wire.port, compression: true }));
  const before = wire.bytes;
  const { stdout } = await connection.run(['wc', '-c'], { stdin: 'again and again '.repeat(200_000) });
  expect(stdout).toBe('3200000\n');
  expect(wire.bytes - before).toBeLessThan(320_000);
  connection.dispose();
  await wire.close();
});
