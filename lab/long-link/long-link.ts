import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { LabError } from '../errors.ts';
import { workstationAddress } from '../instance.ts';
import type { Pi } from '../instance.ts';
import type { Machine } from '../machine/machine.ts';
import { insideWorkstation } from '../workstation/environment.ts';
import type { Endpoint } from './proxy.ts';

/** A way from the workstation to a Pi's SSH port that is longer than the cable. */
export interface LongLink {
  /** Where the workstation reaches the Pi over it. */
  readonly near: Endpoint;
  readonly close: () => Promise<void>;
}

/**
 * Opens one; it ends with this process, at the latest.
 *
 * @param delayMilliseconds for each way, so half of what a round trip takes
 */
export async function openLongLink(machine: Machine, pi: Pi, delayMilliseconds: number): Promise<LongLink> {
  const program = path.join(machine.instance.project, 'lab/long-link/main.ts');
  const argv = ['node', program, workstationAddress, pi.address, '22', String(delayMilliseconds)];
  const [file = '', ...args] = insideWorkstation(machine, argv);
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const [line] = (await Promise.race([once(createInterface(child.stdout), 'line'), ended])) as unknown[];
  if (typeof line !== 'string') throw new LabError(`the proxy of the long link ended at once: ${argv.join(' ')}`);
  const close = async () => {
    child.kill();
    await ended;
  };
  return { near: { host: workstationAddress, port: Number(line) }, close };
}
