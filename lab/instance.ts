import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inCacheFolder } from '../provider/values/user-folders.ts';
import { LabError } from './errors.ts';

/** One lab: everything it makes lies below its directory, apart from the machine-wide cache. */
export interface Instance {
  /** Absolute, without symbolic links. */
  readonly directory: string;
  /** The checkout that this code belongs to. */
  readonly project: string;
  /** What is the same for all labs of this machine: the Debian tree, the Pulumi engine. */
  readonly cache: string;
  /** Short and different for each instance: for names that live outside of its namespaces. */
  readonly id: string;
  /** Its Pis, in order of their addresses. */
  readonly pis: readonly Pi[];
}

/** One Raspberry Pi's place on the bench. */
export interface Pi {
  /** Also the stack's name: the Pi is `<name>.local`. */
  readonly name: string;
  readonly address: string;
  readonly directory: string;
  /** The SD card: an image file. */
  readonly card: string;
  /** The name of its card reader in the workstation's /dev/disk/by-id. */
  readonly reader: string;
}

export const workstationAddress = '10.42.0.1';
export const networkPrefix = 24;

/** Machines that a lab may have beside workstation and Pis, where they are in its network. */
export const nas = { name: 'nas', address: '10.42.0.2' };
export const builder = { name: 'builder', address: '10.42.0.3' };
export const servers = [nas, builder];

const project = realpathSync(path.dirname(import.meta.dirname));

/**
 * @param directory relative to the project; default: the environment variable NIXOS_PI_LAB, else `.lab`
 */
export function openInstance(directory = process.env['NIXOS_PI_LAB'] ?? '.lab'): Instance {
  const wanted = path.resolve(project, directory);
  const real = existsSync(wanted) ? realpathSync(wanted) : wanted;
  // The separators of an overlay's layers and of PATH.
  if (/[:,\\\s]/.test(real))
    throw new LabError(`the lab cannot live in "${real}": no colon, comma, backslash or space in its path`);
  return {
    directory: real,
    project,
    cache: inCacheFolder(),
    id: createHash('sha256').update(real).digest('hex').slice(0, 8),
    pis: readNames(real).map((name, index) => place(real, name, index)),
  };
}

/** Adds a Pi (with a blank card and a reader of its own) unless there is one of that name. */
export function addPi(instance: Instance, name: string): Instance {
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(name))
    throw new LabError(`"${name}" is no name for a Pi: a letter, then letters, digits and hyphens`);
  if (instance.pis.some((pi) => pi.name === name)) return instance;
  mkdirSync(instance.directory, { recursive: true });
  const names = [...instance.pis.map((pi) => pi.name), name];
  writeFileSync(namesFile(instance.directory), `${JSON.stringify(names)}\n`);
  return openInstance(instance.directory);
}

/** @throws LabError that lists the names there are */
export function findPi(instance: Instance, name?: string): Pi {
  const found = name === undefined ? instance.pis[0] : instance.pis.find((pi) => pi.name === name);
  if (found !== undefined) return found;
  throw new LabError(
    `there is no Pi "${name ?? ''}" in this lab; there is: ${instance.pis.map((pi) => pi.name).join(', ')}`,
  );
}

function namesFile(directory: string): string {
  return path.join(directory, 'pis.json');
}

function readNames(directory: string): string[] {
  const file = namesFile(directory);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as string[]) : ['lab'];
}

function place(instance: string, name: string, index: number): Pi {
  const directory = path.join(instance, 'pis', name);
  return {
    name,
    address: `10.42.0.${String(10 + index)}`,
    directory,
    card: path.join(directory, 'card.img'),
    reader: `usb-Lab_Card_Reader_${String(index + 1).padStart(12, '0')}-0:0`,
  };
}
