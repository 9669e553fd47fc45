import { existsSync, writeFileSync } from 'node:fs';
import type { Instance } from '../instance.ts';
import { findHolder, startHolder, stopHolder } from './holder.ts';
import { pathInside } from './machine.ts';
import type { Machine } from './machine.ts';

/** Written inside when everything is there: a machine that a crash has left half made counts as none. */
const mark = '/run/lab/complete';

export function findMachine(instance: Instance): Machine | undefined {
  const holder = findHolder(instance);
  if (holder === undefined) return undefined;
  const machine = { instance, holder };
  return existsSync(pathInside(machine, mark)) ? machine : undefined;
}

/** An empty machine, in the place of what there may be. */
export async function makeMachine(instance: Instance): Promise<Machine> {
  await stopHolder(instance);
  return { instance, holder: await startHolder(instance) };
}

export function markComplete(machine: Machine): void {
  writeFileSync(pathInside(machine, mark), '');
}
