import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ensureReader, makeCard } from './card/slot.ts';
import { ensurePerson } from './card/start-person.ts';
import { installHostPackages } from './debian/host-packages.ts';
import { ensureTree } from './debian/tree.ts';
import type { Instance } from './instance.ts';
import { withLock } from './lock.ts';
import { findHolder, startHolder, stopHolder } from './machine/holder.ts';
import { pathInside } from './machine/machine.ts';
import type { Machine } from './machine/machine.ts';
import { makeBridge } from './network.ts';
import { powerOn, powerSwitch } from './pi/power.ts';
import type { Report } from './report.ts';
import { checkRequirements } from './requirements.ts';
import { setEmulation, wantsEmulation } from './workstation/emulation.ts';
import { prepareEnvironment } from './workstation/environment.ts';
import { refreshChannels } from './workstation/nix.ts';
import { mountWorkstation, writeHosts } from './workstation/root.ts';
import { ensureSshKey } from './workstation/ssh-key.ts';

/** Written inside when the machine is complete: one that a crash has left half made is made again. */
const completeMark = '/run/lab/complete';

export async function bringUp(instance: Instance, report: Report): Promise<void> {
  checkRequirements();
  await withInstanceLock(instance, report, async () => {
    await installHostPackages(report);
    const tree = await ensureTree(instance.cache, report);
    const machine = await ensureMachine(instance, tree, report);
    writeHosts(machine);
    await ensureSshKey(machine);
    await refreshChannels(machine, tree);
    for (const pi of instance.pis) {
      makeCard(pi);
      await ensureReader(machine, pi);
      if (powerSwitch(pi) === 'on') await powerOn(machine, pi);
    }
    await ensurePerson(machine);
  });
}

/** One `up` or `down` of an instance at a time. */
export async function withInstanceLock<T>(instance: Instance, report: Report, work: () => Promise<T>): Promise<T> {
  const onWait = (): void => {
    report('waiting for another command of this lab to end');
  };
  return await withLock(path.join(instance.directory, 'lock'), onWait, work);
}

async function ensureMachine(instance: Instance, tree: string, report: Report): Promise<Machine> {
  const running = findHolder(instance);
  if (running !== undefined && existsSync(pathInside({ instance, holder: running }, completeMark))) return { instance, holder: running };
  await stopHolder(instance);
  report('making the workstation');
  const machine = { instance, holder: await startHolder(instance) };
  prepareEnvironment(instance);
  await mountWorkstation(machine, tree);
  await setEmulation(machine, wantsEmulation(instance));
  await makeBridge(machine);
  writeFileSync(pathInside(machine, completeMark), '');
  return machine;
}
