import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LabError } from '../errors.ts';
import { pathInside } from './machine.ts';
import type { Machine } from './machine.ts';

/** The directory of one of this lab's control groups (cgroup 2), as the inside names it. */
export function groupDirectory(machine: Machine, name = ''): string {
  return path.join(`/sys/fs/cgroup/nixos-pi-${machine.instance.id}`, name);
}

export function isPopulated(machine: Machine, name: string): boolean {
  const events = pathInside(machine, `${groupDirectory(machine, name)}/cgroup.events`);
  return unlessGone(() => readFileSync(events, 'utf8'), '').includes('populated 1');
}

/** The processes of the group and of those below it, by their ids outside. */
export function processesOf(machine: Machine, name: string): number[] {
  return processesBelow(pathInside(machine, groupDirectory(machine, name)));
}

function processesBelow(directory: string): number[] {
  const own = unlessGone(() => readFileSync(path.join(directory, 'cgroup.procs'), 'utf8'), '');
  const below = unlessGone(() => readdirSync(directory, { withFileTypes: true }), []).filter((entry) =>
    entry.isDirectory(),
  );
  return [
    ...own.split('\n').filter(Boolean).map(Number),
    ...below.flatMap((entry) => processesBelow(path.join(directory, entry.name))),
  ];
}

/** argv that runs a command in the group, which is made. */
export function inGroup(machine: Machine, name: string, argv: readonly string[]): string[] {
  const directory = groupDirectory(machine, name);
  mkdirSync(pathInside(machine, directory), { recursive: true });
  return ['/bin/sh', '-c', 'echo $$ > "$0/cgroup.procs" && exec "$@"', directory, ...argv];
}

/** Ends every process of the group at once. */
export function killGroup(machine: Machine, name: string): void {
  const file = pathInside(machine, `${groupDirectory(machine, name)}/cgroup.kill`);
  unlessGone(() => {
    writeFileSync(file, '1');
  }, undefined);
}

/** @throws LabError when processes are left after so many seconds */
export async function waitUntilEmpty(machine: Machine, name: string, seconds: number): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (isPopulated(machine, name)) {
    if (Date.now() > deadline)
      throw new LabError(`the processes of ${name} did not end within ${String(seconds)} seconds`);
    await sleep(50);
  }
}

/** Kills what is left in a group (the lab's whole one without a name) and removes it. */
export async function removeGroup(machine: Machine, name = ''): Promise<void> {
  const directory = pathInside(machine, groupDirectory(machine, name));
  if (!existsSync(directory)) return;
  killGroup(machine, name);
  await waitUntilEmpty(machine, name, 10);
  removeBottomUp(directory);
}

function removeBottomUp(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) removeBottomUp(path.join(directory, entry.name));
  }
  rmdirSync(directory);
}

/** What `look` gives; `gone` where there is no such group. They come and go, also between two looks at one of them. */
function unlessGone<T>(look: () => T, gone: T): T {
  try {
    return look();
  } catch (error) {
    if (['ENOENT', 'ENODEV'].includes((error as NodeJS.ErrnoException).code ?? '')) return gone;
    throw error;
  }
}
