import { PassThrough } from 'node:stream';
import type { SshConnection } from './connection.ts';

/**
 * How long a byte is on its way to the Pi and back, in milliseconds. The best of three: what is slower was slowed down. The start
 * of a program there is not in it, which would hide a good connection to a slow Pi.
 */
export async function roundTripMilliseconds(connection: SshConnection): Promise<number> {
  const stdin = new PassThrough();
  const times: number[] = [];
  // The first answer comes when the program runs.
  let sent: number | undefined;
  stdin.write('.');
  await connection.run(['cat'], {
    stdin,
    onStdout: () => {
      if (sent !== undefined) times.push(performance.now() - sent);
      sent = performance.now();
      if (times.length < 3) stdin.write('.');
      else stdin.end();
    },
  });
  return Math.min(...times);
}
