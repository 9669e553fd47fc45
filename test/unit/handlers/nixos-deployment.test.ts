import { describe, expect, test } from '@jest/globals';
import {
  nixosDeployment,
  type NixosDeploymentInputs,
  type NixosDeploymentOutputs,
} from '../../../provider/handlers/nixos-deployment.ts';
import { recordedContext } from './recorded-context.ts';
import { without } from './without.ts';

const storePath = '/nix/store/md1mnxv6sp1913rpvx80mmz99fr6d6ij-nixos-system-new';
const other = '/nix/store/md1mnxv6sp1913rpvx80mmz99fr6d6ij-nixos-system-other';
const inputs: NixosDeploymentInputs = {
  connection: { host: 'kitchen.local', user: 'pi', hostKey: 'ssh-ed25519 AAAA' },
  configuration: 'hosts/kitchen/configuration.nix',
  storePath,
  evaluatedSystem: 'aarch64-linux',
  system: 'aarch64-linux',
  flashId: 'flash-1',
  machineId: 'machine-1',
  connectTimeoutSeconds: 120,
  activationTimeoutSeconds: 900,
};
const outputs: NixosDeploymentOutputs = {
  ...inputs,
  previousStorePath: other,
  bootStorePath: storePath,
  generation: 2,
  kernel: '6.12.30',
  bootId: 'boot-1',
  rebootNeeded: false,
  runningMachineId: 'machine-1',
};

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
    ['a password', { sudoPassword: 'x' }, {}, [], { changes: false }],
    ['another file with the same result', { configuration: 'renamed.nix' }, {}, [], { changes: false }],
  ])('%s', async (_name, wish, done, unknown, expected) => {
    expect(await nixosDeployment.diff({ ...outputs, ...done }, { ...inputs, ...wish }, unknown)).toEqual(expected);
  });

  test('of an adopted Pi, which no card belongs to', async () => {
    expect(await nixosDeployment.diff(without(outputs, 'flashId'), without(inputs, 'flashId'), [])).toEqual({
      changes: false,
    });
  });
});

describe('the inputs of a deployment', () => {
  test.each<[string, object]>([
    ['a host with shell metacharacters', { connection: { ...inputs.connection, host: '$(reboot)' } }],
    ['no store path', { storePath: 'x' }],
    ['no time', { connectTimeoutSeconds: 0 }],
    ['an unknown input', { goal: 'boot' }],
  ])('%s is refused', (_name, change) => {
    expect(nixosDeployment.schema.safeParse({ ...inputs, ...change }).success).toBe(false);
  });

  test('for another system, or with a key file that is not there, are refused', async () => {
    const wrong = {
      ...inputs,
      evaluatedSystem: 'x86_64-linux',
      connection: { ...inputs.connection, identityFile: '/not/there' },
    };
    const failures = await nixosDeployment.validate?.(recordedContext(), wrong, undefined);
    expect(failures?.map(({ property }) => property)).toEqual(['configuration', 'connection.identityFile']);
  });

  test('that are not known yet are explained', async () => {
    const context = recordedContext();
    expect(await nixosDeployment.validate?.(context, without(inputs, 'storePath'), undefined)).toEqual([]);
    expect(context.lines).toEqual([expect.stringMatching(/^info: The store path is known when/)]);
  });
});

test('destroying it leaves the Pi as it is, and says so', async () => {
  const context = recordedContext();
  await nixosDeployment.delete(context, 'id', outputs);
  expect(context.lines).toEqual([expect.stringMatching(`info: kitchen.local goes on running ${storePath}`)]);
});
