import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Instance } from '../../lab/instance.ts';
import { run } from '../../lab/run.ts';

/** What of a lab can be seen from outside of it, besides its files: processes, mounts, loop devices, control groups. */
export async function traces(instance: Instance): Promise<string[]> {
  const loops = await run(['losetup', '--list', '--noheadings', '--output', 'NAME,BACK-FILE']);
  return [
    ...processes().filter((line) => line.includes(instance.directory)),
    ...readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => line.includes(instance.directory)),
    ...loops.stdout.split('\n').filter((line) => line.includes(`${instance.directory}/`)),
    ...controlGroups().filter((name) => name.endsWith(`nixos-pi-${instance.id}`)),
  ];
}

/** The same, after what is about to end by itself (a lock whose holder was killed) had a second to do so. */
export async function remainingTraces(instance: Instance): Promise<string[]> {
  for (let attempt = 0; attempt < 10 && (await traces(instance)).length > 0; attempt += 1) await sleep(100);
  return await traces(instance);
}

/** This machine's own network and names, which a lab must leave alone. */
export async function surroundings(): Promise<string> {
  const interfaces = await run(['ip', '-brief', 'link']);
  const namespaces = await run(['ip', 'netns']);
  const names = interfaces.stdout.split('\n').map((line) => line.split(/\s+/)[0]);
  return JSON.stringify([names, namespaces.stdout, ownBinfmt()]);
}

function ownBinfmt(): string[] {
  try {
    return readdirSync('/proc/sys/fs/binfmt_misc');
  } catch {
    return [];
  }
}

function processes(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return [`${name} ${readlinkSync(`/proc/${name}/cwd`)} ${command}`];
      } catch {
        return [];
      }
    });
}

function controlGroups(): string[] {
  const roots = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'];
  return roots.flatMap((root) => {
    try {
      return readdirSync(root).map((name) => path.join(root, name));
    } catch {
      return [];
    }
  });
}
