import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as pulumi from '@pulumi/pulumi';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { CardArgs, ImageSource } from '../../../components/image-and-card.ts';
import { RaspberryPiCard } from '../../../components/raspberry-pi-card.ts';
import { RaspberryPi, type RaspberryPiArgs } from '../../../components/raspberry-pi.ts';
import { openSshCommand } from '../../../provider/ssh/openssh-command.ts';
import { ProgramStandIns } from './program-stand-ins.ts';

const storePath = '/nix/store/md1mnxv6sp1913rpvx80mmz99fr6d6ij-nixos-system-kitchen-26.05';
const hostKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f';
const evaluation = {
  storePath,
  drvPath: `${storePath}.drv`,
  system: 'aarch64-linux',
  filePath: 'sd-image/x.img.zst',
  toplevel: storePath,
};

/** What each resource would give, by its kind. */
const made: Record<string, object> = {
  SdImage: {
    imagePath: '/nix/store/image',
    sha256: 'a'.repeat(64),
    compressedSha256: 'c'.repeat(64),
    sizeBytes: 2,
    compressedSizeBytes: 1,
  },
  FlashedCard: { hostPublicKey: hostKey, flashId: 'flash-1' },
  HardwareConfig: { text: '{ }', boardModel: 'Raspberry Pi 4', machineId: 'machine-1' },
  NixosDeployment: { generation: 2 },
  Command: { stdout: 'NVIM v0.10', stderr: '' },
};

interface Registered {
  kind: string;
  type: string;
  inputs: Record<string, unknown>;
}
let registered: Registered[];
let evaluatedBeforeThePi: string[];
/** What happens while the hardware configuration is fetched. */
let whileFetched: () => Promise<void>;
let programs: ProgramStandIns;
let args: Omit<RaspberryPiArgs, 'hostKey' | 'image' | 'imageFile' | 'imageFileSha256'> & { card: CardArgs };
let source: ImageSource;
/** What the program says while it runs; without an engine it goes to the console. */
let said: string[];

/** The inputs with which a resource of a kind was made. */
function inputsOf(kind: string): Record<string, unknown> {
  const [found] = registered.filter((resource) => resource.kind === kind);
  if (found === undefined) throw new Error(`no ${kind} was made`);
  return found.inputs;
}

beforeEach(async () => {
  registered = [];
  said = [];
  // Time enough for an evaluation that does not wait for the Pi.
  whileFetched = () => sleep(300);
  jest.spyOn(console, 'log').mockImplementation((line: unknown) => void said.push(String(line)));
  programs = new ProgramStandIns(evaluation);
  for (const name of ['sd-card.nix', 'configuration.nix']) writeFileSync(join(programs.directory, name), '{ }');
  source = { image: join(programs.directory, 'sd-card.nix') };
  args = {
    host: 'kitchen.local',
    user: 'pi',
    port: 2222,
    sudoPassword: pulumi.secret('hush'),
    configuration: join(programs.directory, 'configuration.nix'),
    nixPath: ['nixpkgs=/n'],
    hardwareConfiguration: { path: 'hosts/kitchen/hardware-configuration.nix' },
    card: { device: '/dev/disk/by-id/usb-Reader-0:0', erase: '0123456789abcdef' },
    checks: ['nvim --version', 'uname -m'],
  };
  const mocks: pulumi.runtime.Mocks = {
    newResource: async ({ type, name, inputs }) => {
      const kind = type.split(':').at(-1) ?? '';
      registered.push({ kind, type, inputs: inputs as Record<string, unknown> });
      if (kind === 'HardwareConfig') {
        await whileFetched();
        evaluatedBeforeThePi = programs.evaluated();
      }
      return { id: `${name}-id`, state: { ...(inputs as object), ...made[kind] } };
    },
    call: () => ({}),
  };
  await pulumi.runtime.setMocks(mocks, 'nixos-pi', 'kitchen');
});
afterEach(() => {
  programs.remove();
  jest.restoreAllMocks();
});

/** Makes the component and waits until all of it is registered. */
async function make(change: Partial<typeof args> = {}, image: ImageSource = source) {
  return outcome(new RaspberryPi('kitchen', { ...args, ...image, ...change }));
}

async function outcome(pi: RaspberryPi) {
  const outputs = pulumi.all([pi.checks, pi.deployment.storePath, pi.deployment.urn]);
  const [checks, path] = await new Promise<[Record<string, string>, string, string]>((resolve) => {
    outputs.apply((values) => {
      resolve(values);
    });
  });
  return { checks, path };
}

describe('a Raspberry Pi', () => {
  test('is four resources and its checks, each with what the one before it gave', async () => {
    const { checks, path } = await make();
    expect(registered.map(({ kind }) => kind)).toEqual([
      'RaspberryPi',
      'SdImage',
      'FlashedCard',
      'HardwareConfig',
      'NixosDeployment',
      'Command',
      'Command',
    ]);
    expect(checks).toEqual({ 'nvim --version': 'NVIM v0.10', 'uname -m': 'NVIM v0.10' });
    expect(path).toBe(storePath);
    expect(inputsOf('FlashedCard')).toMatchObject({
      device: '/dev/disk/by-id/usb-Reader-0:0',
      erase: '0123456789abcdef',
      imagePath: '/nix/store/image',
      imageSha256: 'a'.repeat(64),
      imageCompressedSha256: 'c'.repeat(64),
      imageSizeBytes: 2,
    });
    const connection = { host: 'kitchen.local', user: 'pi', port: 2222, hostKey };
    expect(inputsOf('HardwareConfig')).toMatchObject({ connection, flashId: 'flash-1' });
    expect(inputsOf('NixosDeployment')).toMatchObject({
      connection,
      flashId: 'flash-1',
      machineId: 'machine-1',
      storePath,
    });
  });

  test('is evaluated image first, and its configuration only when the hardware configuration is there', async () => {
    await make();
    expect(evaluatedBeforeThePi).toEqual([source.image]);
    expect(programs.evaluated()).toEqual([source.image, args.configuration]);
    expect(said).toEqual(
      [source.image, args.configuration].map((file) => expect.stringContaining(`evaluating ${file ?? ''}`)),
    );
  });

  describe('whose hardware configuration is there already', () => {
    beforeEach(() => {
      programs.write({ 'hardware.nix': '{ }', 'configuration.nix': '{ imports = [ ./hardware.nix ]; }' });
      args.hardwareConfiguration = { path: join(programs.directory, 'hardware.nix') };
    });
    const untilEvaluated = async () => {
      while (!programs.evaluated().includes(args.configuration)) await sleep(20);
    };

    test('is evaluated while that is fetched, and not again', async () => {
      whileFetched = untilEvaluated;
      await make();
      expect(evaluatedBeforeThePi.toSorted()).toEqual([args.configuration, source.image].toSorted());
      expect(programs.evaluated()).toEqual(evaluatedBeforeThePi);
    });

    test('is evaluated again where another one is fetched', async () => {
      whileFetched = async () => {
        await untilEvaluated();
        programs.write({ 'hardware.nix': '{ text = "another"; }' });
      };
      await make();
      expect(programs.evaluated()).toEqual([...evaluatedBeforeThePi, args.configuration]);
    });
  });

  test('keeps the constant type and text of each resource, and its address for log lines', async () => {
    await make();
    for (const kind of ['SdImage', 'FlashedCard', 'HardwareConfig', 'NixosDeployment']) {
      const [found] = registered.filter((resource) => resource.kind === kind);
      const type = `pulumi-nodejs:dynamic/nixos-pi:${kind}`;
      expect(found?.type).toBe(type);
      expect(found?.inputs).toMatchObject({
        __provider: `exports.handler=()=>require("./provider/dynamic/entry.cjs").load("${kind}");`,
        __urn: `urn:pulumi:kitchen::nixos-pi::nixos-pi:index:RaspberryPi$${type}::kitchen`,
      });
    }
  });

  test('pins the host key in its checks too, and runs them again for another system', async () => {
    await make();
    const check = inputsOf('Command');
    expect(check).toMatchObject({ create: 'nvim --version', triggers: [storePath] });
    expect(check['interpreter']).toEqual(openSshCommand({ host: 'kitchen.local', user: 'pi', port: 2222, hostKey }));
  });

  // A check that holds any of it changes, and runs again, with each session, person and address.
  test('gives its checks no key, agent or address of this machine', async () => {
    process.env['SSH_AUTH_SOCK'] = '/tmp/ssh-one/agent';
    await make();
    const first = inputsOf('Command');
    registered = [];
    process.env['SSH_AUTH_SOCK'] = '/tmp/ssh-another/agent';
    await make();
    expect(inputsOf('Command')).toEqual(first);
    expect(JSON.stringify(first)).not.toMatch(/PRIVATE KEY|agent/);
  });

  test('leaves out what is not given', async () => {
    await make({ user: undefined, port: undefined, nixPath: undefined, sudoPassword: undefined, checks: [] });
    expect(inputsOf('HardwareConfig')).not.toHaveProperty('sudoPassword');
    expect(inputsOf('HardwareConfig')['connection']).toEqual({ host: 'kitchen.local', hostKey });
    expect(inputsOf('SdImage')).not.toHaveProperty('nixPath');
    expect(registered.filter(({ kind }) => kind === 'Command')).toEqual([]);
  });

  test('asks for the image that a flash asks for', async () => {
    await make({ card: { ...args.card, generation: 2, reflash: 'onImageChange' } });
    expect(inputsOf('SdImage')).toMatchObject({ generation: 2, rebuild: 'onChange', storePath });
    expect(inputsOf('FlashedCard')).toMatchObject({ generation: 2, reflash: 'onImageChange' });
  });

  test('that runs already has no image and no card, and is known by the host key that is given', async () => {
    const { host, configuration } = args;
    const pi = new RaspberryPi('attic', { host, hostKey, configuration, deployment: { adopt: true } });
    const { path } = await outcome(pi);
    expect(registered.map(({ kind }) => kind)).toEqual(['RaspberryPi', 'NixosDeployment']);
    expect(path).toBe(storePath);
    expect(inputsOf('NixosDeployment')).toMatchObject({ connection: { host, hostKey }, adopt: true, storePath });
    for (const absent of ['flashId', 'imageToplevel', 'machineId'])
      expect(inputsOf('NixosDeployment')).not.toHaveProperty(absent);
    expect([pi.image, pi.card, pi.hardware, pi.address]).toEqual([undefined, undefined, undefined, host]);
  });

  test('may be flashed with an image that is there, which nothing evaluates', async () => {
    const imageFile = join(programs.directory, 'pi.img');
    writeFileSync(imageFile, 'NixOS');
    await make({}, { imageFile, imageFileSha256: 'a'.repeat(64) });
    expect(programs.evaluated()).toEqual([args.configuration]);
    expect(inputsOf('SdImage')).toMatchObject({
      imageFile,
      imageFileSha256: 'a'.repeat(64),
      imageFileIdentity: expect.stringMatching(/^5-\d{19}$/),
      toplevel: '',
    });
    expect(inputsOf('SdImage')).not.toHaveProperty('storePath');
    expect(inputsOf('SdImage')).not.toHaveProperty('generation');
  });
});

describe('a card alone', () => {
  test('is an image and a card, as a Raspberry Pi has them', async () => {
    const { hostPublicKey } = new RaspberryPiCard('kitchen', { ...source, card: args.card });
    expect(await new Promise((resolve) => hostPublicKey?.apply(resolve))).toBe(hostKey);
    expect(registered.map(({ kind }) => kind)).toEqual(['RaspberryPiCard', 'SdImage', 'FlashedCard']);
    expect(inputsOf('FlashedCard')).toMatchObject({ device: args.card.device, imageSha256: 'a'.repeat(64) });
  });

  test('may be an image without a card', async () => {
    const { image, card, hostPublicKey } = new RaspberryPiCard('kitchen', source);
    await new Promise((resolve) => image.sha256.apply(resolve));
    expect(registered.map(({ kind }) => kind)).toEqual(['RaspberryPiCard', 'SdImage']);
    expect([card, hostPublicKey]).toEqual([undefined, undefined]);
  });
});
