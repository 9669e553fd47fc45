import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { treeDirectory } from '../debian/tree.ts';
import type { Pi } from '../instance.ts';
import { inGroup, removeGroup } from '../machine/control-group.ts';
import type { Machine } from '../machine/machine.ts';
import { connectPi, disconnect } from '../network.ts';
import { bootFromCard } from './boot-loader.ts';
import { mountCard, unmountCard } from './card-mounts.ts';
import type { MountedCard } from './card-mounts.ts';
import { boardGroup, powerSwitch } from './power.ts';
import { boardCommand } from './nspawn.ts';

/** How a run of the board ended. */
export type Ending = 'reboot' | 'power off' | 'power lost';

/** systemd-nspawn's exit code when the system inside asked for a reboot. */
const rebootCode = 133;

/** Boots the Pi from its card and returns when it has stopped running. @throws Error when the card does not boot */
export async function runBoard(machine: Machine, pi: Pi): Promise<Ending> {
  await removeGroup(machine, boardGroup(pi));
  const card = await mountCard(machine, pi);
  try {
    return await runSystem(machine, pi, card);
  } finally {
    await removeGroup(machine, boardGroup(pi));
    await disconnect(machine, pi);
    await unmountCard(machine, card);
  }
}

async function runSystem(machine: Machine, pi: Pi, card: MountedCard): Promise<Ending> {
  const entry = bootFromCard(card.root);
  console.log(`[u-boot] ${entry.label}: ${entry.kernel}, init=${entry.init}`);
  await connectPi(machine, pi);
  if (powerSwitch(pi) === 'off') return 'power off';
  const usr = path.join(treeDirectory(machine.instance.cache), 'usr');
  const [file = '', ...args] = inGroup(machine, boardGroup(pi), boardCommand(pi, card, usr, entry.init));
  const environment = { ...process.env, SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1' };
  const board = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit'], env: environment });
  const [code] = (await once(board, 'exit')) as [number | null];
  if (code === rebootCode) return 'reboot';
  return code === 0 ? 'power off' : 'power lost';
}
