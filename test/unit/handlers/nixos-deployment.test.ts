import { describe, expect, test } from '@jest/globals';
import type { NixosDeploymentInputs, NixosDeploymentOutputs } from '../../../provider/handlers/deployment-inputs.ts';
import { deploymentDifference, nixosDeployment } from '../../../provider/handlers/nixos-deployment.ts';
import { inputs, other, outputs, storePath } from './deployment-samples.ts';
import { recordedContext } from './recorded-context.ts';
import { without } from './without.ts';

describe('a change of a deployment', () => {
  const replaced = { changes: true, replaces: ['flashId'] };
  test.each<[string, Partial<NixosDeploymentInputs>, Partial<NixosDeploymentOutputs>, string[], object]>([
    ['nothing', {}, {}, [], { changes: false }],
    ['another system', { storePath: other }, {}, [], { changes: true }],
    ['drift: it runs another', {}, { storePath: other }, [], { changes: true }],
    ['drift: it would boot another', {}, { bootStorePath: other }, [], { changes: true }],
    ['a reboot in between', {}, { bootId: 'boot-2', kernel: '6.12.31' }, [], { changes: false }],
    ['a card flashed anew', { flashId: 'flash-2' }, {}, [], replaced],
    ['a card that will be flashed anew', {}, {}, ['flashId', 'connection'], replaced],
    ['a system that is not known yet', {}, {}, ['storePath'], { changes: true }],
    ['another address', { connection: { ...inputs.connection, host: '192.0.2.7' } }, {}, [], { changes: true }],
    ['another time-out', { connectTimeoutSeconds: 60, activationTimeoutSeconds: 60 }, {}, [], { changes: false }],
    ['a guard or an option', { adopt: true, keepGenerations: 3, healthChecks: [] }, {}, [], { changes: false }],
    ['an image whose system is not known yet', {}, {}, ['imageToplevel'], { changes: false }],
    ['a reboot that is needed and asked for', { reboot: 'whenNeeded' }, { rebootNeeded: true }, [], { changes: true }],
    ['a reboot that is needed and not asked for', {}, { rebootNeeded: true }, [], { changes: false }],
    ['a reboot that is asked for and not needed', { reboot: 'always' }, {}, [], { changes: false }],
    ['goal boot, and it boots that', { goal: 'boot' }, { storePath: other }, [], { changes: false }],
    ['goal boot, and it boots another', { goal: 'boot' }, { bootStorePath: other }, [], { changes: true }],
    [
      'goal boot with a reboot that is left',
      { goal: 'boot', reboot: 'always' },
      { storePath: other },
      [],
      { changes: true },
    ],
    ['goal test, which is never deployed', { goal: 'test' }, { bootStorePath: other }, [], { changes: true }],
    ['a password', { sudoPassword: 'x' }, {}, [], { changes: false }],
    ['another file with the same result', { configuration: 'renamed.nix' }, {}, [], { changes: false }],
  ])('%s', (_name, wish, done, unknown, expected) => {
    expect(deploymentDifference({ ...outputs, ...done }, { ...inputs, ...wish }, unknown)).toEqual(expected);
  });

  test('of an adopted Pi, which no card belongs to', () => {
    const [done, wish] = [without(outputs, 'flashId'), without(inputs, 'flashId')];
    expect(deploymentDifference(done, wish, [])).toEqual({ changes: false });
  });
});

describe('the inputs of a deployment', () => {
  test.each<[string, object]>([
    ['a host with shell metacharacters', { connection: { ...inputs.connection, host: '$(reboot)' } }],
    ['no store path', { storePath: 'x' }],
    ['no time', { connectTimeoutSeconds: 0 }],
    ['an unknown input', { goals: 'boot' }],
    ['an unknown goal', { goal: 'dry-activate' }],
    ['an empty health check', { healthChecks: [''] }],
    ['no generation to keep', { keepGenerations: 0 }],
    ['a place to build that is no host', { buildOn: 'nowhere' }],
  ])('%s is refused', (_name, change) => {
    expect(nixosDeployment.schema.safeParse({ ...inputs, ...change }).success).toBe(false);
  });

  test('for another system, or with a key file that is not there, are refused', async () => {
    const wrong = {
      ...inputs,
      evaluatedSystem: 'x86_64-linux',
      connection: { ...inputs.connection, identityFile: '/not/there' },
    };
    const failures = await nixosDeployment.validate?.(recordedContext(), wrong, undefined, []);
    expect(failures?.map(({ property }) => property)).toEqual(['configuration', 'connection.identityFile']);
  });

  test('for a try that a reboot would end are refused', async () => {
    const failures = await nixosDeployment.validate?.(
      recordedContext(),
      { ...inputs, goal: 'test', reboot: 'always' },
      undefined,
      [],
    );
    expect(failures?.map(({ property }) => property)).toEqual(['reboot']);
  });

  test('that are not known yet are explained', async () => {
    const context = recordedContext();
    expect(await nixosDeployment.validate?.(context, without(inputs, 'storePath'), undefined, [])).toEqual([]);
    expect(context.lines).toEqual([expect.stringMatching(/^info: The store path is known when/)]);
  });
});

test('destroying it leaves the Pi as it is, and says so', async () => {
  const context = recordedContext();
  await nixosDeployment.delete(context, 'id', outputs);
  expect(context.lines).toEqual([expect.stringMatching(`info: kitchen.local goes on running ${storePath}`)]);
});
