import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connect } from '../../../provider/ssh/connection.ts';
import { SshServer } from './ssh-server.ts';

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
