import { describe, expect, test } from '@jest/globals';
import type { RunningSystem } from '../../../provider/activation/running-system.ts';
import { requireKnownGeneration, requireMachine } from '../../../provider/handlers/deployment-guards.ts';
import type { NixosDeploymentInputs, NixosDeploymentOutputs } from '../../../provider/handlers/deployment-inputs.ts';
import { runningSystem } from '../activation/running.ts';
import { inputs, other, outputs, storePath } from './deployment-samples.ts';
import { without } from './without.ts';

const byHand = '/nix/store/zd1mnxv6sp1913rpvx80mmz99fr6d6ij-nixos-system-by-hand';

describe('a running generation', () => {
  const cases: [
    string,
    Partial<NixosDeploymentInputs>,
    Partial<NixosDeploymentOutputs> | undefined,
    Partial<RunningSystem>,
    boolean,
  ][] = [
    ['that is the wanted one', {}, undefined, { currentSystem: storePath }, true],
    ['that was recorded', {}, { storePath: byHand }, { currentSystem: byHand }, true],
    ['that ran before the recorded one', {}, {}, { currentSystem: other }, true],
    ['that was recorded as the next to boot', {}, { bootStorePath: byHand }, { currentSystem: byHand }, true],
    ['from the image', { imageToplevel: byHand }, undefined, { currentSystem: byHand }, true],
    ['that the Pi recorded', {}, undefined, { currentSystem: byHand, deployedStorePaths: [byHand] }, true],
    ['that nobody knows', {}, {}, { currentSystem: byHand }, false],
    ['of a new Pi that nobody knows', {}, undefined, { currentSystem: byHand }, false],
    ['that nobody knows, and is adopted', { adopt: true }, undefined, { currentSystem: byHand }, true],
    ['the first of a flashed card', {}, undefined, { currentSystem: byHand, profile: byHand, generation: 1 }, true],
    ['the second of a flashed card', {}, undefined, { currentSystem: byHand, profile: byHand, generation: 2 }, false],
    [
      'the first of a card with another image',
      { imageToplevel: other },
      undefined,
      { currentSystem: byHand, profile: byHand, generation: 1 },
      false,
    ],
  ];
  test.each(cases)('%s', (_name, wish, done, running, allowed) => {
    const former = done === undefined ? undefined : { ...outputs, ...done };
    const guard = () => {
      requireKnownGeneration({ ...inputs, ...wish }, former, runningSystem(running));
    };
    if (allowed) expect(guard).not.toThrow();
    else expect(guard).toThrow(/which this stack did not deploy: nothing was changed[\s\S]*adopt/);
  });

  test('that no flash made is not taken for the first of a card', () => {
    const running = runningSystem({ currentSystem: byHand, profile: byHand, generation: 1 });
    expect(() => {
      requireKnownGeneration(without(inputs, 'flashId'), undefined, running);
    }).toThrow(/did not deploy/);
  });
});

describe('a machine', () => {
  test.each<[string, string | undefined, string | undefined, boolean]>([
    ['that is the declared one', 'machine-1', undefined, true],
    ['that is not the declared one', 'machine-2', undefined, false],
    ['that is the recorded one', undefined, 'machine-1', true],
    ['that is not the recorded one', undefined, 'machine-2', false],
    ['of which nothing is known', undefined, undefined, true],
    ['that is declared anew', 'machine-1', 'machine-2', true],
  ])('%s', (_name, declared, recorded, allowed) => {
    const wish = { ...inputs, machineId: declared };
    const former = recorded === undefined ? undefined : { ...outputs, runningMachineId: recorded };
    const guard = () => {
      requireMachine(wish, former, runningSystem({ machineId: 'machine-1' }));
    };
    if (allowed) expect(guard).not.toThrow();
    else expect(guard).toThrow(/another machine than this stack's: its machine id is machine-1, not machine-2/);
  });
});
