import { readFileSync } from 'node:fs';
import { LabError } from '../errors.ts';
import type { Pi } from '../instance.ts';
import { processesOf } from '../machine/control-group.ts';
import type { Machine } from '../machine/machine.ts';
import { boardGroup } from './power.ts';

/**
 * argv that runs a command on a Pi as root at its keyboard and screen: also while its network or its sshd is broken.
 *
 * @throws LabError while no system runs on it
 */
export function atTheConsole(machine: Machine, pi: Pi, argv: readonly string[]): string[] {
  const init = initProcess(machine, pi);
  if (init === undefined) throw new LabError(`no system runs on ${pi.name}: npm run lab -- logs ${pi.name}`);
  const namespaces = ['--mount', '--net', '--uts', '--ipc', '--pid', '--root', '--wd'];
  const environment = [
    'PATH=/run/wrappers/bin:/nix/var/nix/profiles/default/bin:/run/current-system/sw/bin:/usr/bin:/bin',
    'LANG=C.UTF-8',
  ];
  return ['nsenter', `--target=${String(init)}`, ...namespaces, '--', '/usr/bin/env', '-i', ...environment, ...argv];
}

/** Process 1 of the system on the board, as this process sees it: the one of the board's processes that is 1 to itself. */
function initProcess(machine: Machine, pi: Pi): number | undefined {
  return processesOf(machine, boardGroup(pi)).find((pid) => {
    const [, ids = ''] = /^NSpid:\s+(.*)$/m.exec(read(`/proc/${String(pid)}/status`)) ?? [];
    return ids.split(/\s+/).length > 1 && ids.endsWith('\t1') && isInit(pid);
  });
}

/** The container's own first process, before it has become the system's, is still systemd-nspawn. */
function isInit(pid: number): boolean {
  return read(`/proc/${String(pid)}/comm`).trim() === 'systemd';
}

/** Processes come and go while they are read. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
