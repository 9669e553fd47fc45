import { describe, expect, test } from '@jest/globals';
import { hasBooted, rebootIsDue } from '../../../provider/handlers/deployment-reboot.ts';
import { deployerOf } from '../../../provider/handlers/deployment.ts';
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

describe('what is known to come up', () => {
  const old = '/nix/store/old';
  test.each([
    ['what was booted', { profile: old, bootedSystem: old, currentSystem: old }, true],
    ['what was switched to on the same kernel', { profile: old, currentSystem: old, rebootNeeded: false }, true],
    ['what was switched to, with another kernel', { profile: old, currentSystem: old, rebootNeeded: true }, false],
    ['what was to boot next, and never did', { profile: old, rebootNeeded: false }, false],
    ['no profile', { profile: '', bootedSystem: '', currentSystem: '' }, false],
  ])('%s: %j: %s', (_name, change, known) => {
    expect(hasBooted(runningSystem(change))).toBe(known);
  });
});

test('a deployer is told by stack, login and machine', () => {
  expect(deployerOf(recordedContext())).toMatch(/^stack lab, \S+@\S+$/);
  expect(deployerOf({ ...recordedContext(), urn: undefined })).toMatch(/^\S+@\S+$/);
});
