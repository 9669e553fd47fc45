import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { holdIn, phases, type HeldDeployment, type PhaseName } from './phases.ts';
import { killProvider } from './provider-process.ts';
import { ReadyPi } from './ready-pi.ts';

jest.setTimeout(5 * 60_000);

/** Something that happens in the middle of a deployment. */
interface Fault {
  readonly name: string;
  /** How long the Pi waits for a confirmation; default: that of all these tests. */
  readonly confirmTimeoutSeconds?: number;
  /** Returns when the Pi does by itself what it does about it. */
  readonly strike: (ready: ReadyPi, held: HeldDeployment) => Promise<void>;
  /**
   * What the Pi runs and boots then, and whether that `pulumi up` succeeds all the same. Phases that are left out are none
   * of this fault's.
   */
  readonly outcome: Partial<Record<PhaseName, Outcome>>;
}

interface Outcome {
  readonly runs: 'the old system' | 'the new system' | 'either';
  readonly up: 'fails' | 'succeeds';
  /** What the state says that the Pi runs; default: what it runs. */
  readonly recorded?: 'the old system';
}

const back: Outcome = { runs: 'the old system', up: 'fails' };
const forth: Outcome = { runs: 'the new system', up: 'succeeds' };
const unseen: Outcome = { runs: 'the new system', up: 'fails', recorded: 'the old system' };

const faults: readonly Fault[] = [
  {
    name: 'the provider is killed',
    confirmTimeoutSeconds: 4,
    strike: async (ready, { phase }) => {
      await killProvider(ready.project.directory);
      await phase.release(ready);
      await ready.supervisorEnds();
    },
    outcome: {
      build: back,
      copy: back,
      'pre-switch check': back,
      activation: back,
      'health check': back,
      'boot loader': unseen,
    },
  },
  {
    name: 'the network is gone for a moment',
    strike: async (ready, { phase }) => {
      await ready.lab.link(ready.pi.place.name, 'down');
      if (phase.name !== 'copy') await phase.release(ready);
      await sleep(3000);
      await ready.lab.link(ready.pi.place.name, 'up');
    },
    outcome: {
      build: forth,
      copy: forth,
      'pre-switch check': forth,
      activation: forth,
      'health check': forth,
      'boot loader': forth,
    },
  },
  {
    name: 'the network is gone until nobody waits any more',
    confirmTimeoutSeconds: 4,
    strike: async (ready, { phase }) => {
      await ready.lab.link(ready.pi.place.name, 'down');
      await phase.release(ready);
      await ready.supervisorEnds();
      await ready.lab.link(ready.pi.place.name, 'up');
    },
    outcome: { 'pre-switch check': back, activation: back, 'health check': back, 'boot loader': forth },
  },
  {
    name: 'the power of the Pi is cut',
    strike: async (ready, { phase }) => {
      await ready.pi.powerCut();
      await ready.pi.powerOn();
      await ready.look();
      await phase.release(ready);
    },
    outcome: {
      build: forth,
      copy: forth,
      'pre-switch check': back,
      activation: back,
      'health check': back,
      'boot loader': { runs: 'either', up: 'fails' },
    },
  },
];

describe.each(faults)('$name', ({ strike, outcome, confirmTimeoutSeconds }) => {
  let ready: ReadyPi;

  beforeAll(async () => {
    ready = await ReadyPi.make();
  });

  beforeEach(() => ready.restore());

  const cases = phases.flatMap((phase) => {
    const expected = outcome[phase.name];
    return expected === undefined ? [] : [{ phase, expected }];
  });

  test.each(cases)('in the phase: $phase.name', async ({ phase, expected }) => {
    const old = ready.facts.storePath;
    const held = await holdIn(ready, phase, confirmTimeoutSeconds === undefined ? {} : { confirmTimeoutSeconds });
    await strike(ready, held);
    const { code, text } = await held.ended;
    expect({ up: code === 0 ? 'succeeds' : 'fails', text }).toEqual({ up: expected.up, text });

    const { current, profile, boots } = await ready.look();
    const allowed = { 'the old system': [old], 'the new system': [held.storePath], either: [old, held.storePath] };
    expect(allowed[expected.runs]).toContain(current);
    expect(boots).toBe(current);
    if (expected.runs !== 'either') expect(profile).toBe(current);
    expect(await ready.state()).toMatchObject({ storePath: expected.recorded === undefined ? current : old });

    await phase.release(ready);
    await ready.want(held.args);
    await ready.project.up();
    const system = held.storePath;
    expect(await ready.look()).toMatchObject({ current: system, profile: system, boots: system });
    expect(await ready.state()).toMatchObject({ storePath: system, bootStorePath: system });
  });
});
