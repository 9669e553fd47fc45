import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LabError } from '../errors.ts';
import type { Instance } from '../instance.ts';

const script = path.join(import.meta.dirname, 'holder.sh');

/** The process id of the holder of this instance's namespaces, as /proc says it; no record of ours can be stale. */
export function findHolder(instance: Instance): number | undefined {
  return holderProcesses(instance).find(isFirstInItsNamespace);
}

/** Makes the namespaces; `findHolder` finds them from then on, also after this process has died. */
export async function startHolder(instance: Instance): Promise<number> {
  mkdirSync(path.join(instance.directory, 'machine'), { recursive: true });
  const flags = ['--mount', '--propagation', 'unchanged', '--net', '--uts', '--ipc', '--pid', '--fork'];
  const child = spawn('unshare', [...flags, '/bin/bash', script, instance.directory], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.setEncoding('utf8');
  child.stderr.setEncoding('utf8');
  let complaint = '';
  child.stderr.on('data', (text: string) => (complaint += text));
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  child.stdout.destroy();
  child.stderr.destroy();
  child.unref();
  const holder = findHolder(instance);
  if (holder === undefined) throw new LabError(`the lab's namespaces could not be made:\n${complaint}`);
  return holder;
}

/** Ends the holder, and with it every process, mount and interface of its namespaces; returns when they are gone. */
export async function stopHolder(instance: Instance): Promise<void> {
  for (const pid of holderProcesses(instance)) kill(pid);
  const deadline = Date.now() + 20_000;
  while (holderProcesses(instance).length > 0) {
    if (Date.now() > deadline)
      throw new LabError(`the lab's processes do not end: ${holderProcesses(instance).join(', ')}`);
    await sleep(20);
  }
}

/** The holder and the unshare(1) above it; told apart from another lab's, also one in a chroot that has the same path. */
function holderProcesses(instance: Instance): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => isHoldersCommand(pid, instance) && hasOurRoot(pid));
}

function isHoldersCommand(pid: number, instance: Instance): boolean {
  const argv = read(`/proc/${String(pid)}/cmdline`).split('\0');
  const at = argv.findIndex((argument) => argument.endsWith('/lab/machine/holder.sh'));
  return at > 0 && argv[at + 1] === instance.directory;
}

function hasOurRoot(pid: number): boolean {
  try {
    const [theirs, ours] = [statSync(`/proc/${String(pid)}/root/`), statSync('/')];
    return theirs.dev === ours.dev && theirs.ino === ours.ino;
  } catch {
    return false;
  }
}

function isFirstInItsNamespace(pid: number): boolean {
  return /^NSpid:.*\t1$/m.test(read(`/proc/${String(pid)}/status`)) && namespace(pid) !== namespace('self');
}

function namespace(pid: number | 'self'): string {
  try {
    return readlinkSync(`/proc/${String(pid)}/ns/pid`);
  } catch {
    return '';
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
