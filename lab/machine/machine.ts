import path from 'node:path';
import type { Instance } from '../instance.ts';
import { run, tryRun } from '../run.ts';
import type { RunOptions, RunResult } from '../run.ts';

/**
 * The inside of a lab's namespaces, seen with this system's own files: where its devices, networks, workstation and Pis are
 * made. Nothing of it shows outside.
 */
export interface Machine {
  readonly instance: Instance;
  /** Process id of the holder, outside. */
  readonly holder: number;
}

/** argv that runs a command in there. */
export function insideMachine(machine: Machine, argv: readonly string[]): string[] {
  return ['nsenter', `--target=${String(machine.holder)}`, '-m', '-n', '-u', '-i', '-p', '-r', '-w', '--', ...argv];
}

export async function runInside(machine: Machine, argv: readonly string[], options?: RunOptions): Promise<RunResult> {
  return await run(insideMachine(machine, argv), options);
}

export async function tryInside(machine: Machine, argv: readonly string[], options?: RunOptions): Promise<RunResult> {
  return await tryRun(insideMachine(machine, argv), options);
}

/** A file of the inside as this process can open it, mounts of the inside included. */
export function pathInside(machine: Machine, file: string): string {
  return path.join(`/proc/${String(machine.holder)}/root`, file);
}

/** Starts a background process of the lab in there; it ends with the holder, or by itself. */
export async function startInside(machine: Machine, argv: readonly string[], log: string): Promise<void> {
  const redirect = 'exec setsid --fork "$@" </dev/null >>"$0" 2>&1';
  await runInside(machine, ['/bin/sh', '-c', redirect, log, ...argv]);
}
