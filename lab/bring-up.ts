import { ensureReader, makeCard } from './card/reader.ts';
import { ensurePerson } from './card/start-person.ts';
import { installHostPackages } from './debian/host-packages.ts';
import { ensureTree } from './debian/tree.ts';
import type { Instance, Pi } from './instance.ts';
import { withInstanceLock, withPiLock } from './locks.ts';
import { findMachine, makeMachine, markComplete } from './machine/complete.ts';
import type { Machine } from './machine/machine.ts';
import { makeBridge } from './network.ts';
import { powerOn, powerSwitch } from './pi/power.ts';
import type { Report } from './report.ts';
import { setEmulation, wantsEmulation } from './workstation/emulation.ts';
import { prepareEnvironment } from './workstation/environment.ts';
import { refreshChannels } from './workstation/nix.ts';
import { mountWorkstation, writeHosts } from './workstation/root.ts';
import { ensureSshKey } from './workstation/ssh-key.ts';

export async function bringUp(instance: Instance, report: Report): Promise<void> {
  await withInstanceLock(instance, report, async () => {
    await installHostPackages(report);
    const tree = await ensureTree(instance.cache, report);
    const machine = await ensureMachine(instance, tree, report);
    writeHosts(machine);
    await ensureSshKey(machine);
    await refreshChannels(machine, tree);
    for (const pi of instance.pis) await bringUpPi(machine, pi);
    await ensurePerson(machine);
  });
}

async function bringUpPi(machine: Machine, pi: Pi): Promise<void> {
  await withPiLock(pi, async () => {
    makeCard(pi);
    await ensureReader(machine, pi);
    if (powerSwitch(pi) === 'on') await powerOn(machine, pi);
  });
}

async function ensureMachine(instance: Instance, tree: string, report: Report): Promise<Machine> {
  const running = findMachine(instance);
  if (running !== undefined) return running;
  report('making the workstation');
  const machine = await makeMachine(instance);
  prepareEnvironment(instance);
  await mountWorkstation(machine, tree);
  await setEmulation(machine, wantsEmulation(instance));
  await makeBridge(machine);
  markComplete(machine);
  return machine;
}
