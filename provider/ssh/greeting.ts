import pRetry from 'p-retry';
import { connectError } from './connect-error.ts';
import { UnreachableError } from './errors.ts';
import type { SshTarget } from './target.ts';
import { openTransport, type Transport } from './transport.ts';

/**
 * Waits until something answers where a Pi is to be: an SSH server greets whoever connects (RFC 4253, 4.2). Who it is, and whom it lets in,
 * is not asked; that takes a login, which costs both sides a hundred times as much.
 *
 * @param seconds how long to go on trying, for one that is starting.
 * @throws UnreachableError of the last attempt; ProvisioningError where the way to it cannot be gone.
 */
export async function awaitGreeting(target: SshTarget, seconds: number): Promise<void> {
  const deadline = AbortSignal.timeout(seconds * 1000);
  let last: unknown;
  try {
    await pRetry(() => greeting(target, deadline), {
      retries: Number.POSITIVE_INFINITY,
      factor: 1.2,
      minTimeout: 500,
      maxTimeout: 3000,
      signal: deadline,
      shouldRetry: ({ error }) => error instanceof UnreachableError,
      onFailedAttempt: ({ error }) => {
        last = error;
      },
    });
  } catch (error) {
    throw last ?? error;
  }
}

async function greeting(target: SshTarget, deadline: AbortSignal): Promise<void> {
  const transport = await openTransport(target);
  try {
    await firstBytes(transport, deadline);
  } catch (error) {
    throw connectError(target, { error, presentedKey: undefined, proxySaid: transport.said() });
  } finally {
    transport.socket.destroy();
    transport.end();
  }
}

function firstBytes({ socket }: Transport, deadline: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = () => {
      reject(new Error('Timed out while waiting for a greeting'));
    };
    if (deadline.aborted) late();
    deadline.addEventListener('abort', late);
    socket.on('error', reject);
    socket.once('data', () => {
      resolve();
    });
    socket.once('close', () => {
      deadline.removeEventListener('abort', late);
      reject(new Error('the connection was closed before anything came'));
    });
  });
}
