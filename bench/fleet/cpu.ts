import { readFileSync } from 'node:fs';
import type { Lab } from '../../lab/lab.ts';
import { groupDirectory } from '../../lab/machine/control-group.ts';
import { pathInside } from '../../lab/machine/machine.ts';
import { boardGroup } from '../../lab/pi/power.ts';

/** Seconds that processors worked. */
export interface Work {
  /** For whatever runs on this machine, the Pis included. */
  readonly machine: number;
  /** For what runs on the Pis: with real ones, that is their own processors' work. */
  readonly pis: number;
}

/** Since whenever; what counts is the difference of two. */
export function workSoFar(lab: Lab, names: readonly string[]): Work {
  const groups = names.map((name) => groupDirectory(lab.machine(), boardGroup(lab.pi(name).place)));
  const pis = groups.map((group) => microseconds(readFileSync(pathInside(lab.machine(), `${group}/cpu.stat`), 'utf8')));
  return { machine: busySeconds(readFileSync('/proc/stat', 'utf8')), pis: pis.reduce((a, b) => a + b, 0) / 1e6 };
}

function microseconds(cpuStat: string): number {
  return Number(/^usage_usec (\d+)$/m.exec(cpuStat)?.[1] ?? Number.NaN);
}

/** From /proc/stat, whose unit is a hundredth of a second (proc_stat(5)): all but idle, waiting for disks, and guests, which are user time too. */
export function busySeconds(stat: string): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] =
    /^cpu +(.*)$/m.exec(stat)?.[1]?.split(' ').map(Number) ?? [];
  return (user + nice + system + irq + softirq) / 100;
}
