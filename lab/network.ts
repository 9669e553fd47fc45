import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { networkPrefix, workstationAddress } from './instance.ts';
import type { Pi } from './instance.ts';
import { runInside, tryInside } from './machine/machine.ts';
import type { Machine } from './machine/machine.ts';

const bridge = 'lan';

/** The switch on the bench, with the workstation on it. */
export async function makeBridge(machine: Machine): Promise<void> {
  await runInside(machine, ['ip', 'link', 'add', bridge, 'type', 'bridge']);
  await runInside(machine, ['ip', 'address', 'add', `${workstationAddress}/${String(networkPrefix)}`, 'dev', bridge]);
  await runInside(machine, ['ip', 'link', 'set', bridge, 'up']);
}

/** A Pi's network as at power on: a fresh interface, its cable in the switch, its address given from outside as by DHCP. */
export async function connectPi(machine: Machine, pi: Pi): Promise<void> {
  const inPi = ['ip', '-netns', pi.name];
  await disconnectPi(machine, pi);
  await runInside(machine, ['ip', 'netns', 'add', pi.name]);
  await runInside(machine, ['ip', 'link', 'add', port(pi), 'type', 'veth', 'peer', 'name', 'eth0', 'netns', pi.name]);
  await runInside(machine, ['ip', 'link', 'set', port(pi), 'master', bridge]);
  await runInside(machine, [...inPi, 'link', 'set', 'lo', 'up']);
  await runInside(machine, [...inPi, 'address', 'add', `${pi.address}/${String(networkPrefix)}`, 'dev', 'eth0']);
  await runInside(machine, [...inPi, 'link', 'set', 'eth0', 'up']);
  if (!existsSync(cutMark(pi))) await runInside(machine, ['ip', 'link', 'set', port(pi), 'up']);
}

export async function disconnectPi(machine: Machine, pi: Pi): Promise<void> {
  await tryInside(machine, ['ip', 'link', 'delete', port(pi)]);
  await tryInside(machine, ['ip', 'netns', 'delete', pi.name]);
}

/** Pulls a Pi's network cable, or plugs it in again; it stays so through reboots. */
export async function setLink(machine: Machine, pi: Pi, state: 'up' | 'down'): Promise<void> {
  if (state === 'up') rmSync(cutMark(pi), { force: true });
  else writeFileSync(cutMark(pi), '');
  await tryInside(machine, ['ip', 'link', 'set', port(pi), state]);
}

/** Interface names have at most 15 characters: so by the address, not by the name. */
function port(pi: Pi): string {
  return `pi-${pi.address.split('.').at(-1) ?? ''}`;
}

function cutMark(pi: Pi): string {
  return path.join(pi.directory, 'cable-unplugged');
}
