import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ProviderProcess } from './provider-process.ts';

// Literal on purpose: what the engine sends, and what is in users' states.
const unknown = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';
const urn = 'urn:pulumi:kitchen::nixos-pi::pulumi-nodejs:dynamic/nixos-pi:NixosDeployment::kitchen';
const hidden = (type: string) => ({
  __provider: `exports.handler=()=>require("./provider/dynamic/entry.cjs").load("${type}");`,
  __urn: urn,
});

const storePath = '/nix/store/md1mnxv6sp1913rpvx80mmz99fr6d6ij-nixos-system-kitchen-26.05';
const hostKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f';
const connection = { host: 'kitchen.local', user: 'pi', hostKey };
const deployment = {
  ...hidden('NixosDeployment'),
  connection,
  configuration: 'hosts/kitchen/configuration.nix',
  storePath,
  evaluatedSystem: 'aarch64-linux',
};

let provider: ProviderProcess;
beforeAll(async () => {
  provider = await ProviderProcess.start();
}, 60_000);
afterAll(async () => {
  await provider.stop();
});

test('nothing but the port is printed to standard output, at the start and after calls', async () => {
  await provider.check({}, deployment);
  expect(provider.stdout).toMatch(/^\d+\n$/);
}, 60_000);

describe('check', () => {
  test('gives the inputs with their defaults, and keeps what is hidden', async () => {
    expect(await provider.check({}, deployment)).toEqual({
      inputs: expect.objectContaining({
        ...deployment,
        system: 'aarch64-linux',
        connectTimeoutSeconds: 120,
        activationTimeoutSeconds: 900,
      }),
      failures: [],
    });
  });

  test('takes a secret that is undefined, which arrives as null, for one that is not given', async () => {
    const { inputs, failures } = await provider.check({}, { ...deployment, sudoPassword: null });
    expect(failures).toEqual([]);
    expect(inputs).not.toHaveProperty('sudoPassword');
  });

  test('of the first preview lets pass what is not known yet, and says what it waits for', async () => {
    const news = {
      ...deployment,
      storePath: unknown,
      evaluatedSystem: unknown,
      connection: { ...connection, hostKey: unknown },
    };
    const { inputs, failures } = await provider.check({}, news);
    expect(failures).toEqual([]);
    expect(inputs).toMatchObject({ storePath: unknown, connection: { host: 'kitchen.local', hostKey: unknown } });
    expect(await provider.engine.lineWith('The store path is known when')).toMatchObject({ severity: 'info', urn });
  });

  test.each<[string, object, string, RegExp]>([
    [
      'a host with shell metacharacters',
      { connection: { ...connection, host: 'a;reboot' } },
      'connection.host',
      /"a;reboot" is no host name/,
    ],
    [
      'the same before the host key is known',
      { connection: { ...connection, host: '$(x)', hostKey: unknown } },
      'connection.host',
      /no host name/,
    ],
    ['a port out of range', { connection: { ...connection, port: 0 } }, 'connection.port', /1/],
    [
      'a host key that is none',
      { connection: { ...connection, hostKey: 'SHA256:x' } },
      'connection.hostKey',
      /no OpenSSH public key/,
    ],
    [
      'a key file that is not there',
      { connection: { ...connection, identityFile: '/no/key' } },
      'connection.identityFile',
      /\/no\/key does not exist/,
    ],
    [
      'the same before the host key is known',
      { connection: { ...connection, identityFile: '/no/key', hostKey: unknown } },
      'connection.identityFile',
      /does not exist/,
    ],
    ['a typing mistake', { conection: connection }, '', /conection/],
    [
      'a typing mistake in the connection',
      { connection: { ...connection, hostkey: unknown } },
      'connection',
      /hostkey/,
    ],
    ['another system', { evaluatedSystem: 'x86_64-linux' }, 'configuration', /x86_64-linux.*nixpkgs\.hostPlatform/],
    ['no store path', { storePath: '/tmp/x' }, 'storePath', /can be a store path/],
    ['a number that is a text', { connectTimeoutSeconds: 'x' }, 'connectTimeoutSeconds', /number/],
  ])('refuses %s, and names the property', async (_name, change, property, reason) => {
    const { failures } = await provider.check({}, { ...deployment, ...change });
    expect(failures).toEqual([{ property, reason: expect.stringMatching(reason) }]);
  });

  test('names all that is wrong at once', async () => {
    const { failures } = await provider.check(
      {},
      { ...deployment, storePath: 'x', connection: { ...connection, host: '' } },
    );
    expect(failures.map(({ property }) => property)).toEqual(['connection.host', 'storePath']);
  });

  test('refuses a device by a name that may be another one tomorrow, before anything is known of the image', async () => {
    const image = { imagePath: unknown, imageSha256: unknown, imageSizeBytes: unknown };
    const news = { ...hidden('FlashedCard'), device: '/dev/sda', ...image };
    const { failures } = await provider.check({}, news);
    expect(failures).toEqual([{ property: 'device', reason: expect.stringContaining('is no stable name') }]);
  });

  test('refuses an image for another machine', async () => {
    const news = {
      ...hidden('SdImage'),
      configuration: 'sd-card.nix',
      storePath,
      filePath: 'x.img.zst',
      toplevel: storePath,
      evaluatedSystem: 'x86_64-linux',
    };
    expect((await provider.check({}, news)).failures).toEqual([
      { property: 'configuration', reason: expect.stringContaining('x86_64-linux') },
    ]);
  });

  test('of a resource that this version does not have says so', async () => {
    await expect(provider.check({}, hidden('Toaster'))).rejects.toThrow(
      'this version of pulumi-nixos-pi has no resource Toaster',
    );
  });
});

describe('diff', () => {
  const state = {
    ...deployment,
    system: 'aarch64-linux',
    connectTimeoutSeconds: 120,
    activationTimeoutSeconds: 900,
    flashId: 'flash-1',
    previousStorePath: '',
    bootStorePath: storePath,
    generation: 1,
    kernel: '6.12.30',
    bootId: 'boot-1',
    rebootNeeded: false,
    runningMachineId: 'machine-1',
  };
  const wish = { ...deployment, flashId: 'flash-1' };
  const other = storePath.replace('kitchen', 'other');

  test.each<[string, object, object, object]>([
    ['nothing', {}, {}, { changes: false, replaces: [] }],
    ['another system', {}, { storePath: other }, { changes: true, replaces: [] }],
    ['a system that is not known yet', {}, { storePath: unknown }, { changes: true, replaces: [] }],
    ['drift', { storePath: other }, {}, { changes: true, replaces: [] }],
    ['a card flashed anew', {}, { flashId: 'flash-2' }, { changes: true, replaces: ['flashId'] }],
    ['a card that will be flashed anew', {}, { flashId: unknown }, { changes: true, replaces: ['flashId'] }],
    [
      'another place in the program, or an older provider text',
      {},
      { __urn: 'urn:other' },
      { changes: false, replaces: [] },
    ],
    [
      'state of an older version with what this one does not know',
      { retired: true },
      {},
      { changes: false, replaces: [] },
    ],
  ])('%s', async (_name, done, news, expected) => {
    expect(await provider.diff('machine-1', { ...state, ...done }, { ...wish, ...news })).toEqual(expected);
  });
});
