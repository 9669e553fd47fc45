import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { freePort, SshServer } from '../ssh/ssh-server.ts';
import { type InitFailure, type Properties, ProviderError, ProviderProcess } from './provider-process.ts';

const urn = 'urn:pulumi:kitchen::nixos-pi::pulumi-nodejs:dynamic/nixos-pi:HardwareConfig::kitchen';
const text = (type: string) => `exports.handler=()=>require("./provider/dynamic/entry.cjs").load("${type}");`;
const system = '/nix/store/md1mnxv6sp1913rpvx80mmz99fr6d6ij-nixos-system-kitchen-26.05';
const machineId = '0123456789abcdef0123456789abcdef';

let server: SshServer;
let provider: ProviderProcess;
let directory: string;
beforeAll(async () => {
  server = await SshServer.start();
  await pretendToBeNixos(server);
  directory = mkdtempSync(join(tmpdir(), 'failures-'));
  // The machine's ssh and its configuration, no agent, and no Nix.
  const path = `${server.machine.programs('ssh')}:${process.env['PATH'] ?? ''}`;
  provider = await ProviderProcess.start({ HOME: directory, SSH_AUTH_SOCK: '', XDG_STATE_HOME: directory, PATH: path });
}, 300_000);
afterAll(async () => {
  await provider.stop();
  await server.stop();
  rmSync(directory, { recursive: true });
});
beforeEach(() => {
  provider.engine.lines.splice(0);
});

/** A Debian in which the provider finds what it looks for on NixOS. */
async function pretendToBeNixos({ machine }: SshServer): Promise<void> {
  machine.write(`${system}/init`, '');
  await machine.run('ln', '-sfn', system, '/run/current-system');
  await machine.run('ln', '-sfn', system, '/run/booted-system');
  await machine.run('mkdir', '-p', '/nix/var/nix/profiles');
  await machine.run('ln', '-sfn', system, '/nix/var/nix/profiles/system-1-link');
  await machine.run('ln', '-sfn', 'system-1-link', '/nix/var/nix/profiles/system');
  machine.write('/etc/machine-id', `${machineId}\n`);
  machine.write('/boot/extlinux/extlinux.conf', `DEFAULT a\nLABEL a\nAPPEND init=${system}/init\n`);
  machine.write('/usr/bin/nixos-generate-config', '#!/bin/sh\necho "{ generated = \\"$1\\"; }"\n', 0o755);
}

const connection = (port = server.port) => ({
  host: '127.0.0.1',
  user: 'free',
  port,
  identityFile: server.identityFile,
  hostKey: server.hostKeys.ed25519,
});

const hardwareConfig = (path: string): Properties => ({
  __provider: text('HardwareConfig'),
  __urn: urn,
  connection: connection(),
  path,
  overwrite: false,
  flashId: 'flash-1',
  firstBootTimeoutSeconds: 20,
});

async function failureOf(work: Promise<unknown>): Promise<ProviderError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof ProviderError) return error;
    throw error;
  }
  throw new Error('it succeeded');
}

function partOf({ initFailure, message }: ProviderError): InitFailure {
  if (initFailure === undefined) throw new Error(`the engine was not told what is known: ${message}`);
  return initFailure;
}

describe('a create that succeeds', () => {
  test('gives plain outputs with the provider text, and live status with the URN', async () => {
    const path = join(directory, 'fetched.nix');
    const inputs = hardwareConfig(path);
    const { id, properties } = await provider.create(inputs);
    expect(id).toBe(machineId);
    expect(properties).toEqual({
      ...inputs,
      text: '{ generated = "--show-hardware-config"; }\n',
      boardModel: expect.any(String),
      machineId,
      written: true,
    });
    expect(readFileSync(path, 'utf8')).toBe('{ generated = "--show-hardware-config"; }\n');
    expect(await provider.engine.lineWith(`wrote ${path}`)).toMatchObject({ severity: 'info', urn, ephemeral: false });
    const live = provider.engine.lines.filter(({ ephemeral }) => ephemeral);
    expect(live.length).toBeGreaterThan(0);
    expect(live.every((line) => line.urn === urn && line.severity === 'info')).toBe(true);
  });
});

describe('a create that fails', () => {
  test('before anything was done is a message without a stack, and no resource', async () => {
    const inputs = {
      __provider: text('SdImage'),
      __urn: urn,
      configuration: 'package.json',
      variant: 'sd-card',
      system: 'aarch64-linux',
      storePath: system,
      filePath: 'x.img.zst',
      toplevel: system,
      evaluatedSystem: 'aarch64-linux',
    };
    const error = await failureOf(provider.create({ ...inputs, configuration: 'hosts/absent.nix' }));
    expect(error.initFailure).toBeUndefined();
    expect(error.message).toMatch(
      /^The configuration .*hosts\/absent\.nix does not exist\.\n {2}what to do: Correct the path/,
    );
    expect(error.message).not.toMatch(/\n\s+at /);
  });

  test('half-way is a resource with what is known of it, and what to do', async () => {
    const path = join(directory, 'mine.nix');
    writeFileSync(path, '{ mine = true; }\n');
    const inputs = hardwareConfig(path);
    const error = await failureOf(provider.create(inputs));
    const failure = partOf(error);
    expect(failure.id).toBe(machineId);
    expect(failure.properties).toEqual({
      ...inputs,
      text: expect.any(String),
      boardModel: expect.any(String),
      machineId,
      written: false,
    });
    expect(failure.properties['__provider']).toBe(text('HardwareConfig'));
    expect(failure.reasons).toEqual([expect.stringMatching(/exists and differs[^]*what to do: .*overwrite: true/)]);
    expect(readFileSync(path, 'utf8')).toBe('{ mine = true; }\n');

    // The next run: with leave to overwrite it, update finishes what create began.
    const wish = { ...inputs, overwrite: true };
    expect(await provider.update(failure.id, failure.properties, wish)).toEqual({
      ...failure.properties,
      overwrite: true,
      written: true,
    });
    expect(readFileSync(path, 'utf8')).toContain('generated');
  });

  test('by our own fault asks to report it', async () => {
    const error = await failureOf(provider.create({ __provider: text('HardwareConfig'), __urn: urn, path: 'x' }));
    expect(error.message).toMatch(/^This is a defect in pulumi-nixos-pi, please report it: /);
  });
});

describe('a refresh', () => {
  const deployment = (port?: number): Properties => ({
    __provider: text('NixosDeployment'),
    __urn: urn,
    connection: connection(port),
    sudoPassword: 'secret',
    configuration: 'hosts/kitchen/configuration.nix',
    storePath: '/nix/store/md1mnxv6sp1913rpvx80mmz99fr6d6ij-recorded',
    evaluatedSystem: 'aarch64-linux',
    system: 'aarch64-linux',
    connectTimeoutSeconds: 120,
    activationTimeoutSeconds: 900,
    previousStorePath: '',
    bootStorePath: '/nix/store/md1mnxv6sp1913rpvx80mmz99fr6d6ij-recorded',
    generation: 7,
    kernel: 'x',
    bootId: 'x',
    rebootNeeded: false,
    runningMachineId: machineId,
  });

  test('shows what runs instead, in the outputs and in the inputs', async () => {
    const state = deployment();
    const { id, properties, inputs } = await provider.read(machineId, state);
    expect(id).toBe(machineId);
    expect(properties).toMatchObject({
      storePath: system,
      bootStorePath: system,
      generation: 1,
      __provider: state['__provider'],
      __urn: urn,
    });
    expect(inputs).toMatchObject({
      storePath: system,
      connection: state['connection'],
      __provider: state['__provider'],
    });
    expect(inputs).not.toHaveProperty('generation');
    expect(provider.engine.lines.filter(({ severity }) => severity === 'warning')).toEqual([]);
  });

  test.each<[string, () => Promise<Properties>]>([
    ['a Pi that is switched off', async () => deployment(await freePort())],
    [
      'another machine at its address',
      () => {
        const state = deployment();
        const hostKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f';
        return Promise.resolve({ ...state, connection: { ...connection(), hostKey } });
      },
    ],
  ])(
    'keeps everything of %s, with a warning at the resource',
    async (_name, make) => {
      const state = await make();
      const { id, properties } = await provider.read(machineId, state);
      expect([id, properties]).toEqual([machineId, state]);
      const warnings = provider.engine.lines.filter(({ severity }) => severity === 'warning');
      expect(warnings).toEqual([
        { severity: 'warning', urn, ephemeral: false, message: expect.stringContaining('what was recorded is kept') },
      ]);
    },
    30_000,
  );
});

test('what is destroyed leaves the file in place, and says so', async () => {
  const path = join(directory, 'kept.nix');
  writeFileSync(path, '{ }\n');
  await provider.delete(machineId, { ...hardwareConfig(path), text: '{ }\n', machineId, boardModel: '' });
  expect(readFileSync(path, 'utf8')).toBe('{ }\n');
  await provider.engine.lineWith(`${path} stays where it is`);
});

test('secrets are in nothing that was logged or printed', () => {
  const everything = JSON.stringify(provider.engine.lines) + provider.stdout + provider.stderr;
  expect(everything).not.toContain('secret');
});
