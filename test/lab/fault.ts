import { beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { holdIn, phases, type HeldDeployment, type PhaseName } from './phases.ts';
import { ReadyPi } from './ready-pi.ts';

/** Something that happens in the middle of a deployment. */
export interface Fault {
  readonly name: string;
  /** Arguments of the deployment that it happens to in a phase. */
  readonly args?: (phase: PhaseName) => Readonly<Record<string, unknown>>;
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

export const back: Outcome = { runs: 'the old system', up: 'fails' };
export const forth: Outcome = { runs: 'the new system', up: 'succeeds' };
/** The Pi went on without anybody who could have recorded it. */
export const unseen: Outcome = { runs: 'the new system', up: 'fails', recorded: 'the old system' };

/** The Pi soon gives up waiting, where nobody can confirm; where somebody will, a busy machine has time. */
export function soonIfNotConfirmed(phase: PhaseName): Readonly<Record<string, unknown>> {
  return phase === 'boot loader' ? {} : { confirmTimeoutSeconds: 4 };
}

/** A test for each of the fault's phases: what the Pi runs, boots and keeps, what the state says, and that the next `up` succeeds. */
export function describeFault({ name, args, strike, outcome }: Fault): void {
  jest.setTimeout(5 * 60_000);

  describe(name, () => {
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
      const held = await holdIn(ready, phase, args?.(phase.name));
      await strike(ready, held);
      const { code, text } = await held.ended;
      expect({ up: code === 0 ? 'succeeds' : 'fails', text }).toEqual({ up: expected.up, text });

      const { current, profile, boots } = await ready.look();
      const allowed = { 'the old system': [old], 'the new system': [held.storePath], either: [old, held.storePath] };
      expect(allowed[expected.runs]).toContain(current);
      expect(boots).toBe(current);
      expect(expected.runs === 'either' ? allowed.either : [current]).toContain(profile);
      expect(await ready.state()).toMatchObject({ storePath: expected.recorded === undefined ? current : old });

      await phase.release(ready);
      await ready.want(held.args);
      await ready.project.up();
      const system = held.storePath;
      expect(await ready.look()).toMatchObject({ current: system, profile: system, boots: system });
      expect(await ready.state()).toMatchObject({ storePath: system, bootStorePath: system });
    });
  });
}
