import { describe, expect, test } from '@jest/globals';
import type { DeploymentResult } from '../../../provider/activation/supervise.ts';
import {
  describeFailedUnits,
  failedDeployment,
  type FailedDeployment,
  failedReboot,
  isFailed,
} from '../../../provider/handlers/deployment-failures.ts';
import { runningSystem } from '../activation/running.ts';
import { inputs, other, storePath } from './deployment-samples.ts';

const failure = (values: Partial<FailedDeployment>): FailedDeployment => ({
  outcome: 'rolled-back',
  code: 0,
  reason: '',
  failedUnits: [],
  log: '',
  ...values,
});

describe('a deployment that failed says what runs, and why, once', () => {
  test.each<[string, Partial<FailedDeployment>, string]>([
    [
      'went back',
      { reason: 'the activation script failed' },
      `kitchen.local went back to ${other}, and ${storePath} is not deployed. The activation script failed.`,
    ],
    [
      'was cut off',
      { outcome: 'interrupted', reason: 'It recorded no end: did the Pi lose its power or restart?' },
      `The deployment of ${storePath} on kitchen.local was cut off before it ended; it runs ${other} now. It recorded no end: did the Pi lose its power or restart?`,
    ],
    [
      'units of the system failed',
      { code: 4, reason: 'units failed: nginx.service' },
      `kitchen.local went back to ${other}, and ${storePath} is not deployed. Units failed: nginx.service.`,
    ],
    [
      "only a user's units failed",
      { code: 4, reason: 'units failed: ' },
      `kitchen.local went back to ${other}, and ${storePath} is not deployed. Units of a user who is logged in failed; the log names them.`,
    ],
    [
      'could not be taken back',
      { outcome: 'failed', reason: 'What boots next could not be taken back' },
      `${storePath} could not be deployed on kitchen.local; it runs ${other} now. What boots next could not be taken back.`,
    ],
  ])('%s', (_name, values, text) => {
    const running = runningSystem({ currentSystem: other });
    expect(failedDeployment(inputs, failure(values), running).what).toBe(text);
  });

  test('and that the Pi does not answer', () => {
    expect(failedDeployment(inputs, failure({ outcome: 'failed' }), undefined).what).toMatch(
      /; it did not answer afterwards\.$/,
    );
  });
});

test.each<[DeploymentResult['outcome'], boolean]>([
  ['activated', false],
  ['tested', false],
  ['installed', false],
  ['refused', false],
  ['rolled-back', true],
  ['rebooted-back', true],
  ['interrupted', true],
  ['failed', true],
])('after %s the Pi has to be looked at: %s', (outcome, expected) => {
  expect(isFailed({ ...failure({}), outcome })).toBe(expected);
});

test('a Pi that does not come up was waited for as long as the text says', () => {
  const result = { outcome: 'did-not-come-up', running: undefined, reason: '', unprotected: undefined } as const;
  const { what } = failedReboot({ ...inputs, rebootTimeoutSeconds: 600, confirmTimeoutSeconds: 60 }, result);
  expect(what).toContain('within 1260 s');
});

describe('a system that was kept although units failed', () => {
  test('is told with their journals', () => {
    const failedUnits = [{ name: 'nginx.service', journal: 'no such file' }];
    const result = {
      ...failure({ code: 4, reason: 'units failed: nginx.service', failedUnits }),
      outcome: 'activated',
    } as const;
    expect(describeFailedUnits('kitchen.local', result)).toMatch(
      /some units failed .*:\nnginx\.service\n {2}no such file$/,
    );
  });

  test("is told with the log where they are a user's", () => {
    const log = 'warning: the following user units failed: mail.service';
    const result = { ...failure({ code: 4, reason: 'units failed: ', log }), outcome: 'activated' } as const;
    expect(describeFailedUnits('kitchen.local', result)).toMatch(
      /Units of a user who is logged in failed; the log names them\.\n {2}warning: the following user units failed: mail\.service$/,
    );
  });
});
