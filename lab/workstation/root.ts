import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { servers } from '../instance.ts';
import type { Instance } from '../instance.ts';
import { pathInside, runInside, tryInside } from '../machine/machine.ts';
import type { Machine } from '../machine/machine.ts';

/** Where the workstation's root is mounted inside the machine; outside, this is an empty directory. */
export function workstationRoot(instance: Instance): string {
  return path.join(instance.directory, 'workstation/root');
}

/** A file of the workstation as this process can open it. */
export function workstationPath(machine: Machine, file: string): string {
  return path.join(pathInside(machine, workstationRoot(machine.instance)), file);
}

/** The workstation's root: a Debian of its own, with the project, the cache and the lab's directory at their own paths. */
export async function mountWorkstation(machine: Machine, tree: string): Promise<void> {
  const { instance } = machine;
  const root = workstationRoot(instance);
  await mountTree(machine, tree);
  await makeDevices(machine, root);
  await runInside(machine, ['mount', '-t', 'proc', 'proc', `${root}/proc`]);
  await runInside(machine, ['mount', '-t', 'sysfs', 'sysfs', `${root}/sys`]);
  await runInside(machine, ['mount', '-t', 'tmpfs', '-o', 'mode=0755', 'tmpfs', `${root}/run`]);
  mkdirSync(instance.cache, { recursive: true });
  await bind(machine, instance.project, `${root}${instance.project}`);
  await bind(machine, instance.cache, `${root}${instance.cache}`);
  if (!instance.directory.startsWith(`${instance.project}/`))
    await bind(machine, instance.directory, `${root}${instance.directory}`);
  await bind(machine, ownNix(instance, tree), `${root}/nix`);
  await runInside(machine, ['hostname', 'workstation']);
  writeEtc(machine);
}

/** Its own copy of the tree: only what changes is stored. Where the upper layer cannot be (on another overlay), a full copy. */
async function mountTree(machine: Machine, tree: string): Promise<void> {
  const home = path.join(machine.instance.directory, 'workstation');
  forgetAnotherTree(home, tree);
  for (const name of ['root', 'upper', 'work']) mkdirSync(path.join(home, name), { recursive: true });
  const layers = `lowerdir=${tree},upperdir=${home}/upper,workdir=${home}/work`;
  const overlay = await tryInside(machine, ['mount', '-t', 'overlay', '-o', layers, 'overlay', `${home}/root`]);
  if (overlay.code === 0) return;
  const copy = path.join(home, 'copy');
  if (!existsSync(copy)) {
    await runInside(machine, ['cp', '--archive', '--reflink=auto', tree, `${copy}.unfinished`]);
    await runInside(machine, ['mv', `${copy}.unfinished`, copy]);
  }
  await bind(machine, copy, `${home}/root`);
}

/** The changes to one tree make no sense above another one. */
function forgetAnotherTree(home: string, tree: string): void {
  const record = path.join(home, 'tree');
  if (existsSync(record) && readFileSync(record, 'utf8') === tree) return;
  for (const name of ['upper', 'work', 'copy', 'copy.unfinished'])
    rmSync(path.join(home, name), { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  writeFileSync(record, tree);
}

async function bind(machine: Machine, from: string, to: string): Promise<void> {
  await runInside(machine, ['mkdir', '--parents', to]);
  await runInside(machine, ['mount', '--bind', from, to]);
}

/** The store is a plain directory, not a layer of the overlay: Nix makes hard links and renames in it. */
function ownNix(instance: Instance, tree: string): string {
  const directory = path.join(instance.directory, 'workstation/nix');
  if (!existsSync(directory)) cpSync(path.join(tree, 'nix'), directory, { recursive: true });
  return directory;
}

/** name, type, major, minor, mode */
const devices: readonly (readonly [string, string, string, string, string])[] = [
  ['null', 'c', '1', '3', '666'],
  ['zero', 'c', '1', '5', '666'],
  ['full', 'c', '1', '7', '666'],
  ['random', 'c', '1', '8', '666'],
  ['urandom', 'c', '1', '9', '666'],
  ['tty', 'c', '5', '0', '666'],
  ['fuse', 'c', '10', '229', '666'],
  ['loop-control', 'c', '10', '237', '600'],
];

/** A /dev of its own: the disks of this machine are not in it, and of its loop devices only those that are a card in a reader. */
export async function makeDevices(machine: Machine, root: string): Promise<void> {
  const dev = `${root}/dev`;
  await runInside(machine, ['mount', '-t', 'tmpfs', '-o', 'mode=0755', 'tmpfs', dev]);
  for (const [name, type, major, minor, mode] of devices) {
    await runInside(machine, ['mknod', `--mode=${mode}`, `${dev}/${name}`, type, major, minor]);
  }
  await runInside(machine, ['mkdir', '--parents', `${dev}/pts`, `${dev}/shm`, `${dev}/disk/by-id`]);
  await runInside(machine, [
    'mount',
    '-t',
    'devpts',
    '-o',
    'newinstance,ptmxmode=0666,mode=0620,gid=5',
    'devpts',
    `${dev}/pts`,
  ]);
  await runInside(machine, ['mount', '-t', 'tmpfs', '-o', 'mode=1777', 'tmpfs', `${dev}/shm`]);
  const links = {
    ptmx: 'pts/ptmx',
    fd: '/proc/self/fd',
    stdin: '/proc/self/fd/0',
    stdout: '/proc/self/fd/1',
    stderr: '/proc/self/fd/2',
  };
  for (const [name, target] of Object.entries(links)) symlinkSync(target, pathInside(machine, `${dev}/${name}`));
}

function writeEtc(machine: Machine): void {
  writeFileSync(workstationPath(machine, 'etc/hostname'), 'workstation\n');
  // No name server is in reach, and asking for one takes seconds.
  rmSync(workstationPath(machine, 'etc/resolv.conf'), { force: true });
  writeFileSync(workstationPath(machine, 'etc/resolv.conf'), '');
}

/** The names of Pis and servers, as mDNS would give them. */
export function writeHosts(machine: Machine): void {
  const local = ['127.0.0.1 localhost', '::1 localhost', '127.0.1.1 workstation'];
  const others = [...machine.instance.pis, ...servers].map(({ address, name }) => `${address} ${name}.local`);
  writeFileSync(workstationPath(machine, 'etc/hosts'), `${[...local, ...others].join('\n')}\n`);
}
