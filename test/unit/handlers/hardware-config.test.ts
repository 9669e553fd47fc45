import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  hardwareConfig,
  type HardwareConfigInputs,
  type HardwareConfigOutputs,
} from '../../../provider/handlers/hardware-config.ts';
import { recordedContext } from './recorded-context.ts';
import { without } from './without.ts';

let directory: string;
let path: string;
let inputs: HardwareConfigInputs;
let outputs: HardwareConfigOutputs;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hardware-config-'));
  path = join(directory, 'kitchen/hardware-configuration.nix');
  inputs = {
    connection: { host: 'kitchen.local', hostKey: 'ssh-ed25519 AAAA' },
    path,
    overwrite: false,
    flashId: 'flash-1',
    firstBootTimeoutSeconds: 900,
  };
  const facts = { text: '{ }\n', boardModel: 'Raspberry Pi 4 Model B Rev 1.4', machineId: 'machine-1' };
  outputs = { ...inputs, ...facts, written: true };
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function put(text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

const update = (change: Partial<HardwareConfigInputs> = {}, context = recordedContext()) =>
  hardwareConfig.update(context, 'machine-1', outputs, { ...inputs, ...change });

describe('a change of a hardware configuration', () => {
  const replaced = { changes: true, replaces: ['flashId'] };
  test.each<[string, Partial<HardwareConfigInputs>, string[], object]>([
    ['nothing', {}, [], { changes: false }],
    ['a card flashed anew', { flashId: 'flash-2' }, [], replaced],
    ['a card that will be flashed anew', {}, ['flashId', 'connection'], replaced],
    ['another place', { path: '/elsewhere.nix' }, [], { changes: true }],
    ['another address', { connection: { host: 'x', hostKey: 'ssh-ed25519 AAAA' } }, [], { changes: false }],
    ['a path that is not known yet', {}, ['path'], { changes: true }],
    ['leave to overwrite', { overwrite: true }, [], { changes: false }],
  ])('%s', async (_name, change, unknown, expected) => {
    put(outputs.text);
    expect(await hardwareConfig.diff(outputs, { ...inputs, ...change }, unknown, recordedContext())).toEqual(expected);
  });

  test('a file that its owner edited', async () => {
    put('{ edited = true; }\n');
    expect(await hardwareConfig.diff(outputs, inputs, [], recordedContext())).toEqual({ changes: false });
  });

  // After a refresh the engine does not know any more that it was refused.
  test('a file that was there, and was not overwritten', async () => {
    put('{ mine = true; }\n');
    const refused = { ...outputs, written: false };
    expect(await hardwareConfig.diff(refused, inputs, [], recordedContext())).toEqual({ changes: true });
  });

  test('a file of a state that does not tell whether it was written', async () => {
    put(outputs.text);
    expect(await hardwareConfig.diff(without(outputs, 'written'), inputs, [], recordedContext())).toEqual({
      changes: false,
    });
  });

  test('a file that is missing, as in a fresh clone', async () => {
    expect(await hardwareConfig.diff(outputs, inputs, [], recordedContext())).toEqual({ changes: true });
  });
});

describe('the file', () => {
  test('is written from the state where it is missing', async () => {
    const context = recordedContext();
    expect(await update({}, context)).toEqual(outputs);
    expect(readFileSync(path, 'utf8')).toBe(outputs.text);
    expect(context.lines).toEqual([`info: wrote ${path}`]);
  });

  test('that says the same is left as it is', async () => {
    put(outputs.text);
    const context = recordedContext();
    await update({}, context);
    expect(context.lines).toEqual([]);
  });

  test('that differs is never overwritten without leave', async () => {
    put('{ mine = true; }\n');
    await expect(update()).rejects.toThrow(/exists and differs.*\n.*overwrite: true/);
    expect(readFileSync(path, 'utf8')).toBe('{ mine = true; }\n');
  });

  test('that differs is overwritten with leave', async () => {
    put('{ mine = true; }\n');
    expect(await update({ overwrite: true })).toEqual({ ...outputs, overwrite: true });
    expect(readFileSync(path, 'utf8')).toBe(outputs.text);
  });

  test.each<[string, () => void, RegExp]>([
    [
      'that is a folder',
      () => {
        mkdirSync(path, { recursive: true });
      },
      /hardware-configuration\.nix cannot be read/,
    ],
    [
      'below a file',
      () => {
        writeFileSync(dirname(path), '');
      },
      /hardware-configuration\.nix cannot be read/,
    ],
    [
      'that is a link to a folder that is not there',
      () => {
        mkdirSync(dirname(path));
        symlinkSync(join(directory, 'absent/file'), path);
      },
      /hardware-configuration\.nix cannot be written/,
    ],
  ])('%s is an error of its own, with what to do', async (_name, prepare, says) => {
    prepare();
    const error = await update().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'ProvisioningError' });
    expect(error).toHaveProperty('message', expect.stringMatching(says));
    expect(error).toHaveProperty('message', expect.stringContaining('what it said is kept'));
  });

  test('is written to its new place, and stays at the old one', async () => {
    put(outputs.text);
    const elsewhere = join(directory, 'other/hardware.nix');
    expect(await update({ path: elsewhere })).toMatchObject({ path: elsewhere });
    expect([existsSync(elsewhere), existsSync(path)]).toEqual([true, true]);
  });

  test('stays when the resource is destroyed', async () => {
    put(outputs.text);
    const context = recordedContext();
    await hardwareConfig.delete(context, 'machine-1', outputs);
    expect(existsSync(path)).toBe(true);
    expect(context.lines).toEqual([`info: ${path} stays where it is: it belongs to your configuration.`]);
  });

  test('is not looked at in a refresh, nor is the Pi', async () => {
    expect(await hardwareConfig.read(recordedContext(), 'machine-1', outputs)).toEqual(outputs);
  });
});

describe('in a git repository', () => {
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', directory, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { encoding: 'utf8' });
  beforeEach(() => {
    git('init', '--quiet');
  });

  test('with a flake the file is made known to git, and its content is not staged', async () => {
    writeFileSync(join(directory, 'flake.nix'), '{ }');
    await update();
    expect(git('ls-files')).toBe('kitchen/hardware-configuration.nix\n');
    expect(git('diff', '--cached', '--name-only')).toBe('');
    expect(git('status', '--short', '--', 'kitchen')).toBe(' A kitchen/hardware-configuration.nix\n');
  });

  test('a file that git knows already keeps what was staged of it', async () => {
    writeFileSync(join(directory, 'flake.nix'), '{ }');
    put('{ old = true; }\n');
    git('add', '.');
    git('commit', '--quiet', '-m', 'x');
    await update({ overwrite: true });
    expect(git('status', '--short')).toBe(' M kitchen/hardware-configuration.nix\n');
  });

  test('without a flake nothing is told to git', async () => {
    await update();
    expect(git('ls-files')).toBe('');
  });

  test('a file that git ignores is written, with a warning that names why a flake will not see it', async () => {
    writeFileSync(join(directory, 'flake.nix'), '{ }');
    writeFileSync(join(directory, '.gitignore'), 'hardware-configuration.nix\n');
    const context = recordedContext();
    await update({}, context);
    expect(existsSync(path)).toBe(true);
    expect(context.lines).toEqual([
      `info: wrote ${path}`,
      expect.stringMatching(/^warning: git does not know .*a flake will not see it: [^]*ignored by/),
    ]);
  });
});

test('the schema refuses what it does not know, and fills in what is safe', () => {
  const { connection } = inputs;
  expect(hardwareConfig.schema.parse({ connection, path })).toEqual({
    connection,
    path,
    overwrite: false,
    firstBootTimeoutSeconds: 900,
  });
  expect(hardwareConfig.schema.safeParse({ connection, path, force: true }).success).toBe(false);
  expect(hardwareConfig.schema.safeParse({ connection, path: '' }).success).toBe(false);
});
