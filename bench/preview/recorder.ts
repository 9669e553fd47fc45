// Preloaded into every Node.js process of one preview (--import): writes down when it began, the modules that took long to
// load, the processes that it started and the TCP connections that it made; a line of JSON for each, in $NODE_BENCH_RECORD/PID.
import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { appendFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import path from 'node:path';
import { performance } from 'node:perf_hooks';

/** Something that took its time, in milliseconds since the epoch. */
export interface Recorded {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

const file = path.join(process.env['NODE_BENCH_RECORD'] ?? '.', String(process.pid));
const now = (): number => performance.timeOrigin + performance.now();
const longLoadingMilliseconds = 50;

function record(text: string, from: number): void {
  // At once: the engine kills its plugins.
  appendFileSync(file, `${JSON.stringify({ text, from, to: now() } satisfies Recorded)}\n`);
}

record(`begins: ${process.argv.slice(1).join(' ')}`, performance.timeOrigin);
process.once('exit', () => {
  record('ends', now());
});

subscribe('child_process', (message) => {
  const { process: child } = message as { process: ChildProcess };
  const from = now();
  child.once('exit', () => {
    record(child.spawnargs.join(' '), from);
  });
});

subscribe('net.client.socket', (message) => {
  const { socket } = message as { socket: Socket };
  const from = now();
  socket.once('connect', () => {
    const where = `${socket.remoteAddress ?? ''} ${String(socket.remotePort ?? '')}`;
    record(`connected to ${where}`, from);
    socket.once('close', () => {
      record(`connection to ${where}`, from);
    });
  });
});

const loading: number[] = [];
subscribe('tracing:module.require:start', () => {
  loading.push(now());
});
subscribe('tracing:module.require:end', (message) => {
  const from = loading.pop() ?? now();
  const { id, parentFilename } = message as { id: string; parentFilename: string };
  if (now() - from > longLoadingMilliseconds) record(`require ${id} in ${parentFilename}`, from);
});
