import { connect as connectSocket } from 'node:net';
import type { Duplex } from 'node:stream';
import { startPipeProcess } from '../process/pipe-process.ts';
import type { SshTarget } from './target.ts';

/** What carries an SSH connection: a TCP connection, or a command that leads to a host behind another one. */
export interface Transport {
  readonly socket: Duplex;
  /** What the command said, if it said anything. */
  readonly said: () => string;
  readonly end: () => void;
}

export async function openTransport(target: SshTarget): Promise<Transport> {
  return target.proxyCommand === undefined ? direct(target) : await throughCommand(target.proxyCommand);
}

function direct({ hostname, port }: SshTarget): Transport {
  // A request is several small packets; held back for the answers to earlier ones (Nagle), each command took 80 ms longer.
  const socket = connectSocket({ host: hostname, port, noDelay: true });
  // What is still to be sent gets a moment, and none when nobody takes it any more.
  const end = () => {
    setTimeout(() => socket.destroy(), 1000).unref();
  };
  return { socket, said: () => '', end };
}

// As ssh(1) runs it: by the user's shell, which `exec` replaces (openssh-portable, sshconnect.c).
async function throughCommand(command: string): Promise<Transport> {
  const shell = process.env['SHELL'];
  return await startPipeProcess(shell === undefined || shell === '' ? '/bin/sh' : shell, ['-c', `exec ${command}`]);
}

/**
 * Ends a socket on which nothing came for a while. Whoever uses it has to ask for an answer more often.
 *
 * @param onSilence is called just before.
 */
export function endWhenSilent(socket: Duplex, seconds: number, onSilence: () => void): void {
  const silent = () => {
    onSilence();
    socket.destroy();
  };
  const timer = setTimeout(silent, seconds * 1000);
  socket.on('data', () => {
    timer.refresh();
  });
  socket.once('close', () => {
    clearTimeout(timer);
  });
}
