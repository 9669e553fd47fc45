import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { networkPrefix, workstationAddress } from './instance.ts';
import type { Pi } from './instance.ts';
import { runInside, tryInside } from './machine/machine.ts';
import type { Machine } from './machine/machine.ts';

const bridge = 'lan';

/** Where a machine is in the network. */
export type Place = Pick<Pi, 'name' | 'address'>;

/** A Pi's network cable: in its socket, pulled, or a bad one. */
export type Cable = 'up' | 'down' | 'slow';

/** What a bad cable lets through to the Pi: 250 kB a second, with a burst of its first two seconds. */
const slow = ['rate', '2mbit', 'burst', '500kb', 'latency', '2s'];

/** The switch on the bench, with the workstation on it. */
export async function makeBridge(machine: Machine): Promise<void> {
  await runInside(machine, ['ip', 'link', 'add', bridge, 'type', 'bridge']);
  await runInside(machine, ['ip', 'address', 'add', `${workstationAddress}/${String(networkPrefix)}`, 'dev', bridge]);
  await runInside(machine, ['ip', 'link', 'set', bridge, 'up']);
}

/** A Pi's network as at power on: a fresh interface, its cable in the switch, its address given from outside as by DHCP. */
export async function connectPi(machine: Machine, pi: Pi): Promise<void> {
  await connect(machine, pi);
  await plugIn(machine, pi, cable(pi));
}

/** A machine's network namespace, called as the machine, on the bench's switch. */
export async function connect(machine: Machine, at: Place): Promise<void> {
  const inside = ['ip', '-netns', at.name];
  await disconnect(machine, at);
  await runInside(machine, ['ip', 'netns', 'add', at.name]);
  const socket = ['name', 'eth0', 'address', hardwareAddress(at), 'netns', at.name];
  await runInside(machine, ['ip', 'link', 'add', port(at), 'type', 'veth', 'peer', ...socket]);
  await runInside(machine, ['ip', 'link', 'set', port(at), 'master', bridge]);
  await runInside(machine, ['ip', 'link', 'set', port(at), 'up']);
  await runInside(machine, [...inside, 'link', 'set', 'lo', 'up']);
  await runInside(machine, [...inside, 'address', 'add', `${at.address}/${String(networkPrefix)}`, 'dev', 'eth0']);
  await runInside(machine, [...inside, 'link', 'set', 'eth0', 'up']);
}

export async function disconnect(machine: Machine, at: Place): Promise<void> {
  await tryInside(machine, ['ip', 'link', 'delete', port(at)]);
  await tryInside(machine, ['ip', 'netns', 'delete', at.name]);
}

/** Pulls a Pi's network cable, plugs it in again, or takes a bad one; it stays so through reboots. */
export async function setLink(machine: Machine, pi: Pi, state: Cable): Promise<void> {
  if (state === 'up') rmSync(cableMark(pi), { force: true });
  else writeFileSync(cableMark(pi), state);
  if ((await tryInside(machine, ['ip', 'link', 'show', port(pi)])).code === 0) await plugIn(machine, pi, state);
}

/** How many bytes the workstation and other Pis have sent to a Pi since its interface was made. */
export async function bytesTowards(machine: Machine, pi: Pi): Promise<number> {
  const { stdout } = await runInside(machine, ['cat', `/sys/class/net/${port(pi)}/statistics/tx_bytes`]);
  return Number(stdout);
}

async function plugIn(machine: Machine, pi: Pi, state: Cable): Promise<void> {
  await tryInside(machine, ['tc', 'qdisc', 'delete', 'dev', port(pi), 'root']);
  if (state === 'slow') await runInside(machine, ['tc', 'qdisc', 'add', 'dev', port(pi), 'root', 'tbf', ...slow]);
  await runInside(machine, ['ip', 'link', 'set', port(pi), state === 'down' ? 'down' : 'up']);
}

/** Interface names have at most 15 characters: so by the address, not by the name. */
function port({ address }: Place): string {
  return `pi-${address.split('.').at(-1) ?? ''}`;
}

/** A board keeps it through power cycles: with a random one others would go on talking to the one before for a minute. */
function hardwareAddress({ address }: Place): string {
  const bytes = address.split('.').map((byte) => Number(byte).toString(16).padStart(2, '0'));
  // 02: given by hand, not by a manufacturer.
  return ['02', '00', ...bytes].join(':');
}

function cable(pi: Pi): Cable {
  if (!existsSync(cableMark(pi))) return 'up';
  return readFileSync(cableMark(pi), 'utf8') === 'slow' ? 'slow' : 'down';
}

function cableMark(pi: Pi): string {
  return path.join(pi.directory, 'cable');
}
