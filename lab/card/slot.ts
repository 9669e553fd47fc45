import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Pi } from '../instance.ts';

export type Slot = 'reader' | 'pi';

/** Where a Pi's card is: at first, in the reader. */
export function cardSlot(pi: Pi): Slot {
  const record = slotFile(pi);
  return existsSync(record) && readFileSync(record, 'utf8').trim() === 'pi' ? 'pi' : 'reader';
}

export function recordSlot(pi: Pi, slot: Slot): void {
  mkdirSync(pi.directory, { recursive: true });
  writeFileSync(slotFile(pi), `${slot}\n`);
}

function slotFile(pi: Pi): string {
  return path.join(pi.directory, 'card-slot');
}
