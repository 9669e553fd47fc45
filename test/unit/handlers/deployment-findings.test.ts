import { describe, expect, test } from '@jest/globals';
import {
  describeFindings,
  type Findings,
  waitsForConfirmation,
} from '../../../provider/handlers/deployment-findings.ts';
import { runningSystem } from '../activation/running.ts';
import { inputs, other, outputs, storePath } from './deployment-samples.ts';

const up = runningSystem({ currentSystem: storePath, profile: storePath, bootInit: `${storePath}/init` });
const byHand = '/nix/store/zd1mnxv6sp1913rpvx80mmz99fr6d6ij-nixos-system-by-hand';

function told(change: Partial<Findings>): string[] {
  return describeFindings({ host: 'kitchen.local', inputs, recorded: outputs, running: up, ...change });
}

describe('a preview', () => {
  test('says nothing when all is as it was recorded', () => {
    expect(told({})).toEqual([]);
  });

  test('of a Pi that does not answer is pending, where there is something to do', () => {
    expect(told({ running: undefined, inputs: { ...inputs, storePath: other } })).toEqual([
      'kitchen.local could not be looked at: the deployment is pending until it answers.',
    ]);
    expect(told({ running: undefined })).toEqual([expect.stringMatching(/not known; shown is what was recorded/)]);
  });

  test('tells what was changed by hand, and that it will not be replaced unasked', () => {
    const running = { ...up, currentSystem: byHand };
    expect(told({ running })).toEqual([
      `kitchen.local runs ${byHand} now; ${storePath} was recorded.`,
      expect.stringMatching(/did not deploy: without `adopt: true` it is not replaced/),
    ]);
    expect(told({ running, inputs: { ...inputs, adopt: true } })[1]).toMatch(/it is replaced, as `adopt` says/);
  });

  test('tells of a reboot that waits to be confirmed, which is something to do', () => {
    const pendingReboot = { run: 'run-1', storePath, deployer: 'stack kitchen' };
    const running = { ...up, bootedSystem: storePath, pendingReboot };
    expect(waitsForConfirmation(inputs, running)).toBe(true);
    expect(told({ running })).toEqual([expect.stringMatching(/waits for a confirmation: `pulumi up` gives it/)]);
    expect(waitsForConfirmation(inputs, up)).toBe(false);
    expect(waitsForConfirmation(inputs, { ...running, bootedSystem: other })).toBe(false);
    // Of another system the deployment of the wanted one has to take care.
    expect(waitsForConfirmation({ ...inputs, storePath: other }, running)).toBe(false);
    expect(waitsForConfirmation(inputs, { ...running, pendingReboot: { ...pendingReboot, storePath: other } })).toBe(
      false,
    );
  });

  test('tells the change of the kernel, and who restarts the Pi', () => {
    const wish = { ...inputs, storePath: other, evaluatedKernel: '6.12.31' };
    expect(told({ inputs: wish })).toEqual(['kernel 6.12.30 → 6.12.31: it takes effect with a reboot.']);
    expect(told({ inputs: { ...wish, reboot: 'whenNeeded' } })[0]).toMatch(/the Pi is restarted for it/);
    expect(told({ inputs: { ...wish, evaluatedKernel: '6.12.30' } })).toEqual([]);
  });

  test.each([{ goal: 'boot' as const }, { reboot: 'always' as const }])('tells what %j does not protect', (wish) => {
    expect(told({ inputs: { ...inputs, ...wish, storePath: other } })).toEqual([
      expect.stringMatching(/^Not protected: .*kitchen\.local does not go back by itself/),
    ]);
  });
});
