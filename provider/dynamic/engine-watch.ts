import { once } from 'node:events';
import { connect } from 'node:net';
import { Client, connectivityState, credentials } from '@grpc/grpc-js';
import { codeOf } from '../errors.ts';
import { engineAddress } from './engine-log.ts';

/**
 * Tells when the engine that started this process is gone, as after `kill -9`: nobody else does. The parent process is a
 * shell that outlives the engine, so what is watched is a connection to the engine's own server.
 *
 * @param argument the last argument of the provider process; where it is no address, nothing is watched.
 */
export function whenEngineIsGone(argument: string | undefined, gone: () => void): void {
  const address = engineAddress(argument);
  if (address === undefined) return;
  const channel = new Client(address, credentials.createInsecure(), { 'grpc.enable_http_proxy': 0 }).getChannel();
  const follow = async () => {
    const state = channel.getConnectivityState(true);
    const failing = state === connectivityState.TRANSIENT_FAILURE;
    if (failing && (await isRefused(address))) {
      channel.close();
      gone();
      return;
    }
    // A channel that fails goes on failing without another word, so it is looked at again.
    const deadline = failing ? Date.now() + 1000 : Number.POSITIVE_INFINITY;
    channel.watchConnectivityState(state, deadline, () => void follow());
  };
  void follow();
}

/** Nobody listens there any more: the one answer that leaves no doubt. */
async function isRefused(address: string): Promise<boolean> {
  const at = address.lastIndexOf(':');
  const host = address.slice(0, at).replace(/^\[(.*)\]$/, '$1');
  const socket = connect({ host, port: Number(address.slice(at + 1)) });
  try {
    await once(socket, 'connect');
    return false;
  } catch (error) {
    return codeOf(error) === 'ECONNREFUSED';
  } finally {
    socket.destroy();
  }
}
