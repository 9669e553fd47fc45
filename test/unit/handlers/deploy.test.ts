import { describe, expect, test } from '@jest/globals';
import { deployerOf, rebootIsDue } from '../../../provider/handlers/deploy.ts';
import type { NixosDeploymentInputs } from '../../../provider/handlers/deployment-inputs.ts';
import { runningSystem } from '../activation/running.ts';
import { inputs, other, storePath } from './deployment-samples.ts';
import { recordedContext } from './recorded-context.ts';

describe('a reboot', () => {
  test.each<[string, NixosDeploymentInputs['reboot'], string, boolean, boolean, boolean]>([
    ['that nobody asked for', 'never', storePath, true, true, false],
    ['that is not needed', 'whenNeeded', storePath, false, true, false],
    ['for a new kernel', 'whenNeeded', storePath, true, true, true],
    ['for a new kernel that was deployed before', 'whenNeeded', storePath, true, false, true],
    ['for a system that only boots next', 'whenNeeded', other, false, true, true],
    ['always, after a deployment', 'always', storePath, false, true, true],
    ['always, but nothing was deployed', 'always', storePath, false, false, false],
  ])('%s', (_name, reboot, currentSystem, rebootNeeded, isNew, due) => {
    const installed = runningSystem({ currentSystem, rebootNeeded });
    expect(rebootIsDue({ ...inputs, reboot }, installed, isNew)).toBe(due);
  });
});

test('a deployer is told by stack, login and machine', () => {
  expect(deployerOf(recordedContext())).toMatch(/^stack lab, \S+@\S+$/);
  expect(deployerOf({ ...recordedContext(), urn: undefined })).toMatch(/^\S+@\S+$/);
});
