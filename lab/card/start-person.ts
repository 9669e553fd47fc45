import path from 'node:path';
import { inGroup, isPopulated } from '../machine/control-group.ts';
import { startInside } from '../machine/machine.ts';
import type { Machine } from '../machine/machine.ts';
import { nodeProgram } from '../node-program.ts';

const group = 'person';

/** Starts the background process that moves flashed cards, unless it is there. */
export async function ensurePerson(machine: Machine): Promise<void> {
  if (isPopulated(machine, group)) return;
  const { instance } = machine;
  const person = [nodeProgram(instance), path.join(import.meta.dirname, 'person.ts'), instance.directory];
  await startInside(machine, inGroup(machine, group, person), path.join(instance.directory, 'person.log'));
}
