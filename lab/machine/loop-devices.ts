import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { pathInside, runInside, tryInside } from './machine.ts';
import type { Machine } from './machine.ts';

/** Attaches a file to a free loop device and returns its name, for example `loop3`. */
export async function attachLoop(machine: Machine, file: string, part: readonly string[] = []): Promise<string> {
  const attached = await runInside(machine, ['losetup', '--find', '--show', ...part, file]);
  return path.basename(attached.stdout.trim());
}

/** Detaches at once, or when the last process has closed it. */
export async function detachLoop(machine: Machine, name: string): Promise<void> {
  await tryInside(machine, ['losetup', '--detach', `/dev/${name}`]);
}

/** The loop devices of a file, found by the file's identity: paths read differently in other namespaces. */
export async function loopsOf(machine: Machine, file: string): Promise<string[]> {
  const { dev, ino } = statSync(file, { bigint: true });
  const identity = `${String((dev >> 8n) & 0xfffn)}:${String((dev & 0xffn) | ((dev >> 12n) & 0xfff00n))}`;
  const loops = await listLoops(machine);
  return loops
    .filter((loop) => String(loop['back-ino']) === String(ino) && loop['back-maj:min'].trim() === identity)
    .map((loop) => path.basename(loop.name));
}

/** The loop devices of this lab whose file somebody has removed. */
export async function deletedLoops(machine: Machine): Promise<string[]> {
  const loops = await listLoops(machine);
  return loops
    .filter(
      ({ 'back-file': file }) =>
        file?.includes(`${machine.instance.directory}/`) === true && file.endsWith('(deleted)'),
    )
    .map((loop) => path.basename(loop.name));
}

async function listLoops(machine: Machine): Promise<LoopDevice[]> {
  const columns = 'NAME,BACK-INO,BACK-MAJ:MIN,BACK-FILE';
  const listed = await runInside(machine, ['losetup', '--list', '--json', '--output', columns]);
  // Without loop devices there is no output at all.
  if (listed.stdout === '') return [];
  return (JSON.parse(listed.stdout) as { loopdevices: LoopDevice[] }).loopdevices;
}

interface LoopDevice {
  readonly name: string;
  readonly 'back-ino': number | string;
  readonly 'back-maj:min': string;
  readonly 'back-file': string | null;
}

/** major:minor of a loop device. */
export function deviceNumber(machine: Machine, name: string): readonly [string, string] {
  const [major = '', minor = ''] = readFileSync(pathInside(machine, `/sys/block/${name}/dev`), 'utf8')
    .trim()
    .split(':');
  return [major, minor];
}

/** How many sectors were ever written to it. */
export function sectorsWritten(machine: Machine, name: string): number {
  return Number(
    readFileSync(pathInside(machine, `/sys/block/${name}/stat`), 'utf8')
      .trim()
      .split(/\s+/)[6],
  );
}

/** Whether any process that /proc shows has the device node open. */
export function isOpen(machine: Machine, name: string): boolean {
  const [major, minor] = deviceNumber(machine, name);
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .some((pid) => openDevices(pid).includes(`${major}:${minor}`));
}

function openDevices(pid: string): string[] {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).flatMap((descriptor) => {
      const stat = statSync(path.join(folder, descriptor), { throwIfNoEntry: false });
      return stat?.isBlockDevice() === true ? [`${String((stat.rdev >> 8) & 0xfff)}:${String(stat.rdev & 0xff)}`] : [];
    });
  } catch {
    // It has ended meanwhile.
    return [];
  }
}
