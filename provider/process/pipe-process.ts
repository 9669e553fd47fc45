import type { Duplex } from 'node:stream';
import { loadExeca, withheld } from './run.ts';

/** A program that runs beside us, for what its standard input and output carry. */
export interface PipeProcess {
  /** What is written goes to its standard input, what is read is its standard output. */
  readonly socket: Duplex;
  /** The end of what it said on standard error so far. */
  readonly said: () => string;
  /** Ends it: politely first, and after a while whatever it does. */
  readonly end: () => void;
}

/** Starts a program on this machine whose standard input and output are used as a connection. */
export async function startPipeProcess(file: string, args: readonly string[]): Promise<PipeProcess> {
  const { execa } = await loadExeca();
  const child = execa(file, args, { reject: false, buffer: false, env: withheld, forceKillAfterDelay: 2000 });
  const socket = child.duplex();
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4000);
  });
  return {
    socket,
    said: () => said.trim(),
    end: () => {
      socket.destroy();
      child.kill();
    },
  };
}
