import type {
  FleetReport,
  PiDeployment,
  PiReport,
  RecordedFacts,
} from '../../../../../commands/fleet/report/report.ts';
import type { FreeSpace } from '../../../../../provider/nix/free-space.ts';
import type { Update } from '../../../../../commands/fleet/report/updates.ts';
import type { PiStatus, Standing } from '../../../../../commands/fleet/pi-status.ts';

export const now = new Date('2026-11-29T15:04:00Z');
export const hoursAgo = (hours: number): Date => new Date(now.getTime() - hours * 3_600_000);
export const system = (letter: string): string => `/nix/store/${letter.repeat(32)}-nixos-system-kitchen-26.05`;

export function update(values: Partial<Update> = {}): Update {
  return {
    ...{ version: 1, kind: 'update', message: 'fleet up by ada@desk', result: 'succeeded' },
    ...{ startedAt: hoursAgo(10), endedAt: new Date(hoursAgo(10).getTime() + 30_000) },
    ...{ resourceChanges: { same: 5, update: 1 }, gitAuthor: 'Ada Lovelace', gitHead: '', ciSystem: '' },
    ...values,
  };
}

/** Twenty seconds after the update's begin. */
export function deployment(values: Partial<PiDeployment> = {}): PiDeployment {
  return {
    time: hoursAgo(10).getTime() / 1000 + 20,
    outcome: 'activated',
    storePath: system('a'),
    previous: system('b'),
    deployer: 'stack kitchen, bob@lap',
    packages: undefined,
    ...values,
  };
}

const recorded: RecordedFacts = {
  ...{ storePath: system('a'), previousStorePath: system('b'), generation: 7, kernel: '6.12.30' },
  ...{ boardModel: 'Raspberry Pi 4 Model B', rebootNeeded: false, freeBytes: 21e9 },
  changedAt: new Date(hoursAgo(10).getTime() + 25_000),
};

function oneCard(freeBytes: number): FreeSpace {
  const room = { device: '/dev/mmcblk0p2', mountPoint: '/', freeBytes };
  return { store: room, boot: room };
}

/** A Pi that stands so, and answers unless it is offline. */
export function pi(standing: Standing, values: Partial<PiReport> = {}, status: Partial<PiStatus> = {}): PiReport {
  const answers = standing !== 'offline' && standing !== 'new';
  return {
    name: 'kitchen',
    status: {
      ...{ stack: 'kitchen', name: 'kitchen', host: 'kitchen.local', standing },
      desired: standing === 'pending' ? system('d') : system('a'),
      certain: true,
      recorded: standing === 'new' ? undefined : system('a'),
      running: answers ? (standing === 'drifted' ? system('e') : system('a')) : undefined,
      generation: standing === 'new' ? undefined : 7,
      rebootNeeded: answers ? false : undefined,
      reason: answers ? undefined : 'kitchen.local cannot be reached.',
      ...status,
    },
    recorded: standing === 'new' ? undefined : recorded,
    running: answers
      ? { generation: 7, kernel: '6.12.30', boardModel: 'Raspberry Pi 4 Model B', free: oneCard(20e9) }
      : undefined,
    contact:
      standing === 'new' ? undefined : { time: answers ? now : hoursAgo(70), from: answers ? 'now' : 'this machine' },
    ...{ pending: undefined, drift: undefined, generations: [], deployments: [] },
    ...values,
  };
}

export function fleet(pis: readonly PiReport[], updates: readonly Update[] = [update()]): FleetReport {
  const names = [...new Set(pis.map(({ status }) => status.stack))];
  return {
    project: 'nixos-pi',
    madeAt: now,
    madeBy: 'ada@desk',
    pis,
    stacks: names.map((name) => ({ name, updates })),
  };
}
