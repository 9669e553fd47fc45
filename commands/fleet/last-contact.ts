import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SshTargetInputs } from '../../provider/ssh/target.ts';
import { inStateFolder } from '../../provider/values/user-folders.ts';

/** A Pi by its address and the key that it answers with: not by its stack, which may be renamed. */
type Address = Pick<SshTargetInputs, 'host' | 'port' | 'hostKey'>;

/**
 * Notes that a Pi answers now, for this user on this machine, below `$XDG_STATE_HOME/pulumi-nixos-pi/contacts` (default
 * `~/.local/state/…`). Where no file can be written nothing is noted: nothing fails for that.
 */
export async function noteContact(address: Address, now = new Date()): Promise<void> {
  const file = noteOf(address);
  const unfinished = `${file}.${randomUUID()}`;
  try {
    await mkdir(folder(), { recursive: true });
    await writeFile(unfinished, now.toISOString());
    await rename(unfinished, file);
  } catch {
    // Then the last deployment is the last contact that is known.
  }
}

/** When a Pi answered a command of this user on this machine last; undefined where it never did. */
export async function lastContact(address: Address): Promise<Date | undefined> {
  const text = await readFile(noteOf(address), 'utf8').catch(() => '');
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

function noteOf({ host, port, hostKey }: Address): string {
  const what = JSON.stringify([host, port ?? 22, hostKey]);
  return join(folder(), createHash('sha256').update(what).digest('hex').slice(0, 32));
}

function folder(): string {
  return inStateFolder('contacts');
}
