import { rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { workstationPath } from '../../lab/workstation/root.ts';
import { tellAtTheConsole } from './pi-facts.ts';
import type { Output } from './project.ts';
import type { ReadyPi } from './ready-pi.ts';

/** A moment of a deployment at which it can be made to stand still. */
export interface Phase {
  readonly name: PhaseName;
  /** Prepares one deployment that stands still there, and returns its arguments. */
  readonly prepare: (ready: ReadyPi) => Promise<Record<string, unknown>>;
  /** Whether it stands there. */
  readonly isReached: (ready: ReadyPi) => Promise<boolean>;
  /** Lets it, and every later deployment of the same system, pass. */
  readonly release: (ready: ReadyPi) => Promise<void>;
}

export type PhaseName = 'build' | 'copy' | 'pre-switch check' | 'activation' | 'health check' | 'boot loader';

/** variants.nix' `hold` waits in files of these names. */
const [held, go] = ['/dev/shm/held', '/dev/shm/go'];

const building: Phase = {
  name: 'build',
  prepare: async ({ lab, project, configuration }) => {
    for (const file of [held, go]) await rm(workstationPath(lab.machine(), file), { force: true });
    // What was built once is not built again.
    await project.write('salt', String(Date.now()));
    return { configuration: await configuration('holdsBuild') };
  },
  isReached: ({ lab }) => Promise.resolve(existsSync(workstationPath(lab.machine(), held))),
  release: ({ lab }) => writeFile(workstationPath(lab.machine(), go), ''),
};

/** A bad cable lets half a megabyte through at once, then 250 kB a second; 6 MB are on their way. */
const copying: Phase = {
  name: 'copy',
  prepare: async (ready) => {
    await ready.lab.link(ready.pi.place.name, 'slow');
    return { storePath: await ready.system('large') };
  },
  isReached: async ({ lab, pi }) => (await lab.bytesTowards(pi.place.name)) > 1_500_000,
  release: ({ lab, pi }) => lab.link(pi.place.name, 'up'),
};

/** Phases in which the Pi itself stands still. */
function onThePi(name: PhaseName, variant: string, args: Record<string, unknown> = {}): Phase {
  return {
    name,
    prepare: async (ready) => ({ storePath: await ready.system(variant), ...args }),
    isReached: async ({ pi }) => (await pi.console(['test', '-e', held])).code === 0,
    release: async ({ pi }) => {
      await tellAtTheConsole(pi, `touch ${go}`);
    },
  };
}

const check = `touch ${held}; until [ -e ${go} ]; do sleep 0.1; done`;

/** In the order of a deployment; it is confirmed between the last two. */
export const phases: readonly Phase[] = [
  building,
  copying,
  onThePi('pre-switch check', 'holdsCheck'),
  onThePi('activation', 'holdsActivation'),
  onThePi('health check', 'package', { healthChecks: [check] }),
  onThePi('boot loader', 'holdsBootLoader'),
];

export function phaseNamed(name: PhaseName): Phase {
  const found = phases.find((phase) => phase.name === name);
  if (found === undefined) throw new Error(`there is no phase "${name}"`);
  return found;
}

/** A deployment that stands still. */
export interface HeldDeployment {
  readonly phase: Phase;
  /** The phase's arguments. */
  readonly args: Readonly<Record<string, unknown>>;
  /** The system that it deploys. */
  readonly storePath: string;
  /** How `pulumi up` ends. */
  readonly ended: Promise<Output>;
}

/** Starts a deployment with the phase's and other arguments, and returns when it stands still in the phase. */
export async function holdIn(
  ready: ReadyPi,
  phase: Phase,
  others: Readonly<Record<string, unknown>> = {},
): Promise<HeldDeployment> {
  const args = await phase.prepare(ready);
  await ready.want({ ...args, ...others });
  const storePath = (args['storePath'] as string | undefined) ?? (await ready.evaluate(String(args['configuration'])));
  const up = { over: false };
  const ended = ready.project.pulumi('up', '--yes', '--skip-preview').finally(() => (up.over = true));
  const deadline = Date.now() + 120_000;
  while (!(await phase.isReached(ready))) {
    if (up.over) throw new Error(`the deployment ended before it stood still (${phase.name}):\n${(await ended).text}`);
    if (Date.now() > deadline) throw new Error(`the deployment did not come as far as: ${phase.name}`);
    await sleep(200);
  }
  return { phase, args, storePath, ended };
}
