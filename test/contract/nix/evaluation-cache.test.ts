import { unlinkSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Answers } from './evaluation-driver.ts';
import { EvaluationMachine } from './evaluation-machine.ts';

jest.setTimeout(300_000);

let nix: EvaluationMachine;
beforeAll(async () => {
  nix = await EvaluationMachine.start();
}, 300_000);
afterAll(async () => {
  await nix.stop();
});
beforeEach(async () => {
  await nix.reset();
});

const at = (name: string) => nix.at(name);
const write = (files: Record<string, string>) => {
  nix.write(files);
};

const configuration = { configuration: 'pi.nix' };
const files = () => ({
  'host/pi.nix': `{ lib, ... }: {
    text = lib.mkIf true "pi";
    imports = [ ./a.nix ../common/b.nix <nixos-hardware/pi> ];
    keyFiles = [ ./key.pub "${at('named.pub')}" ${at('literal.pub')} ~/home.pub ];
    data = [ ./data ];
  }`,
  'host/a.nix':
    '{ text = builtins.readFile ./text; imports = if builtins.pathExists ./local.nix then [ ./local.nix ] else [ ]; }',
  'host/text': 'text',
  'host/key.pub': 'ssh-ed25519 A',
  'host/data/x': 'x',
  'common/b.nix': '{ text = "b"; }',
  'named.pub': 'ssh-ed25519 B',
  'literal.pub': 'ssh-ed25519 C',
});

describe('a file is evaluated again', () => {
  let before: Answers;
  beforeEach(async () => {
    write(files());
    nix.machine.write('/root/home.pub', 'ssh-ed25519 D');
    before = await nix.answers(configuration);
    expect(nix.isFromCache(before)).toBe(false);
    expect(before.cached).toBe(before.evaluated);
    expect(nix.markEntries().evaluations).toBe(1);
  });

  test.each<[string, () => unknown]>([
    [
      'when it changes',
      () => {
        write({ 'host/pi.nix': files()['host/pi.nix'].replace('"pi"', '"changed"') });
      },
    ],
    [
      'when an import changes',
      () => {
        write({ 'host/a.nix': '{ text = "changed"; }' });
      },
    ],
    [
      'when an import from elsewhere changes',
      () => {
        write({ 'common/b.nix': '{ text = "changed"; }' });
      },
    ],
    [
      'when a file that it reads changes',
      () => {
        write({ 'host/text': 'changed' });
      },
    ],
    [
      'when a file that an option names changes',
      () => {
        write({ 'host/key.pub': 'ssh-ed25519 X' });
      },
    ],
    [
      'when a file that a string names changes',
      () => {
        write({ 'named.pub': 'ssh-ed25519 X' });
      },
    ],
    [
      'when a file of an absolute path changes',
      () => {
        write({ 'literal.pub': 'ssh-ed25519 X' });
      },
    ],
    [
      'when a file at home changes',
      () => {
        nix.machine.write('/root/home.pub', 'ssh-ed25519 X');
      },
    ],
    [
      'when a file that was not there is',
      () => {
        write({ 'host/local.nix': '{ }' });
      },
    ],
    [
      'when a file in a folder changes',
      () => {
        write({ 'host/data/x': 'changed' });
      },
    ],
    [
      'when a folder gets a file',
      () => {
        write({ 'host/data/y': '' });
      },
    ],
    [
      'when a folder loses a file',
      () => {
        unlinkSync(at('host/data/x'));
        write({ 'host/data/z': 'x' });
      },
    ],
    ['with another nixpkgs', () => nix.useChannel('nixpkgs', '2')],
    ['with another nixos-hardware', () => nix.useChannel('hardware', '2')],
    [
      'with a config of the user for nixpkgs',
      () => {
        nix.machine.write('/root/.config/nixpkgs/config.nix', '{ allowUnfree = true; }');
      },
    ],
  ])('%s', async (_name, change) => {
    await change();
    mustDiffer(await nix.answers(configuration));
  });

  test('in another environment', async () => {
    mustDiffer(await nix.answers(configuration, { NIXPKGS_ALLOW_UNFREE: '1' }));
  });

  function mustDiffer(after: Answers): void {
    expect(nix.isFromCache(after)).toBe(false);
    expect(after.cached).toBe(after.evaluated);
    expect(after.evaluated).not.toBe(before.evaluated);
  }

  test('with other settings of Nix, or when the cache is turned off', async () => {
    nix.machine.write('/root/.config/nix/nix.conf', 'allow-import-from-derivation = false\n');
    expect(nix.isFromCache(await nix.answers(configuration))).toBe(false);
    expect(nix.isFromCache(await nix.answers(configuration, { NIXOS_PI_EVALUATION_CACHE: 'off' }))).toBe(false);
  });

  test('with other settings where Nix is told to look for them', async () => {
    const home = { NIX_CONFIG_HOME: '/root/nix-settings' };
    await nix.answers(configuration, home);
    nix.markEntries();
    expect(nix.isFromCache(await nix.answers(configuration, home))).toBe(true);
    nix.machine.write('/root/nix-settings/nix.conf', 'allow-import-from-derivation = false\n');
    expect(nix.isFromCache(await nix.answers(configuration, home))).toBe(false);
  });

  test('but not when something else changes', async () => {
    write({ 'host/other.nix': 'builtins.currentTime', 'common/c.nix': '{ }' });
    const same = await nix.answers(configuration, { PULUMI_MONITOR: 'x', SHLVL: '3', NIXOS_PI_FLASH: 'never' });
    expect(nix.isFromCache(same)).toBe(true);
    expect(same.cached).toBe(same.evaluated);
  });
});

describe('the derivation of a plan', () => {
  let planned: string;
  beforeEach(async () => {
    write({ 'host/pi.nix': '{ text = "pi"; }' });
    ({ cached: planned } = await nix.answers(configuration));
  });
  const derivation = () => nix.derivationWithoutEvaluation(configuration, planned);

  test('is the one that its evaluation has written, without another evaluation', async () => {
    const drvPath = await derivation();
    expect((await nix.machine.run('nix-store', '--query', '--outputs', drvPath)).trim()).toBe(planned);
  });

  test('is evaluated when the configuration has changed, or the garbage collector has taken it', async () => {
    const drvPath = await derivation();
    await nix.machine.run('nix-store', '--delete', drvPath);
    await expect(derivation()).rejects.toThrow(/NIXOS_PI_PARALLEL_EVALUATIONS is "none"/);
    write({ 'host/pi.nix': '{ text = "changed"; }' });
    await nix.answers(configuration);
    await expect(derivation()).rejects.toThrow(/NIXOS_PI_PARALLEL_EVALUATIONS is "none"/);
  });
});

describe('the build of a plan', () => {
  const rooted = async () => (await nix.machine.run('readlink', nix.at('host/root'))).trim();
  const planned = async (text: string) => {
    write({ 'host/pi.nix': `{ text = "${text}"; }` });
    return (await nix.answers(configuration)).cached;
  };

  test('is rooted, without another evaluation', async () => {
    const system = await planned('built');
    await nix.build(configuration, system, nix.at('host/root'), 'none');
    expect(await rooted()).toBe(system);
  });

  test('is evaluated again where the garbage collector has taken the derivation', async () => {
    const system = await planned('collected');
    const drvPath = await nix.derivationWithoutEvaluation(configuration, system);
    await nix.machine.run('nix-store', '--delete', drvPath);
    await nix.build(configuration, system, nix.at('host/root'));
    expect(await rooted()).toBe(system);
  });

  test('of a configuration that has changed is none', async () => {
    const system = await planned('left');
    await planned('changed');
    const build = nix.build(configuration, system, nix.at('host/root'));
    await expect(build).rejects.toThrow(/changed since it was planned: [^]*Nothing was done/);
    await expect(nix.machine.run('stat', system)).rejects.toThrow(/No such file/);
  });
});

test('a Nix in the store is not asked for its search path again, as long as that is the same', async () => {
  write(files());
  nix.machine.write('/root/home.pub', 'ssh-ed25519 D');
  const stored = (await nix.machine.run('nix-store', '--add', '/usr/bin/nix')).trim();
  await nix.machine.run(
    'sh',
    '-c',
    `mkdir -p /programs; for name in nix nix-instantiate; do ln -sfn ${stored} /programs/$name; done`,
  );
  const environment = { PATH: '/programs:/usr/bin:/bin' };
  const first = await nix.answers(configuration, environment);
  expect(first.cached).toBe(first.evaluated);
  expect(nix.markEntries()).toEqual({ evaluations: 1, searchPaths: 1 });
  expect(nix.isFromCache(await nix.answers(configuration, environment))).toBe(true);
  await nix.useChannel('nixpkgs', '2');
  const otherChannel = await nix.answers(configuration, environment);
  expect(otherChannel).toMatchObject({ cached: otherChannel.evaluated, warnings: [] });
  const path = 'nixpkgs=/channels/nixpkgs-1:nixos-hardware=/channels/hardware-2';
  const otherPath = await nix.answers(configuration, { ...environment, NIX_PATH: path });
  expect(otherPath).toMatchObject({ cached: otherPath.evaluated, warnings: [] });
  expect(new Set([first, otherChannel, otherPath].map(({ evaluated }) => evaluated)).size).toBe(3);
});

test('channels that appear where Nix searches by default are seen', async () => {
  write({ 'host/pi.nix': '{ text = "pi"; }' });
  const byDefault = { NIX_PATH: null };
  await nix.subscribe('root', '1');
  const rootsOwn = await nix.answers(configuration, byDefault);
  await nix.subscribe('user', '2');
  const usersOwn = await nix.answers(configuration, byDefault);
  expect([rootsOwn.cached, usersOwn.cached]).toEqual([rootsOwn.evaluated, usersOwn.evaluated]);
  expect(usersOwn.evaluated).not.toBe(rootsOwn.evaluated);
});

describe('a file is always evaluated', () => {
  test.each<[string, string]>([
    ['where it asks for the environment', '{ text = builtins.getEnv "HOME"; }'],
    ['where it asks for the time', '{ text = builtins.toString (builtins.currentTime - builtins.currentTime); }'],
    ['where it reads by a name that is put together', '{ text = builtins.readFile (./. + "/text"); }'],
    ['where it reads a folder', '{ text = toString (builtins.attrNames (builtins.readDir ./.)); }'],
  ])('%s', async (_name, text) => {
    write({ 'host/pi.nix': text, 'host/text': 'text' });
    await nix.answers(configuration);
    expect(nix.markEntries().evaluations).toBe(0);
  });
});

const flakeText = `{
  outputs = { self }: let
    make = text: rec {
      config.system.build.toplevel = derivation { name = "nixos-system-stand-in"; system = "x86_64-linux"; builder = "/bin/sh"; inherit text; };
      pkgs.stdenv.hostPlatform.system = "x86_64-linux";
    };
  in { nixosConfigurations = { kitchen = make (builtins.readFile ./text); "hall.example" = make (toString (self.rev or "dirty")); }; };
}`;

describe('a flake', () => {
  const git = (...args: string[]) =>
    nix.machine.run('git', '-C', at('host'), '-c', 'user.name=me', '-c', 'user.email=me@example.org', ...args);
  const settings = { NIX_CONFIG: 'experimental-features = nix-command flakes' };
  const answer = async (flake: string) => {
    const answers = await nix.answers({ flake }, settings);
    return { cached: answers.cached, evaluated: answers.evaluated, fromCache: nix.isFromCache(answers) };
  };

  test.each(['.', 'path:.'])('%s is evaluated again when its tree changes', async (reference) => {
    write({ 'host/flake.nix': flakeText, 'host/text': '1' });
    if (reference === '.') {
      await git('init', '--quiet');
      await git('add', '.');
    }
    const first = await answer(`${reference}#kitchen`);
    expect(first.fromCache).toBe(false);
    expect(nix.markEntries().evaluations).toBe(1);
    expect(await answer(`${reference}#kitchen`)).toEqual({ ...first, fromCache: true });
    write({ 'host/text': '2' });
    const second = await answer(`${reference}#kitchen`);
    expect(second).toMatchObject({ cached: second.evaluated, fromCache: false });
    expect(second.cached).not.toBe(first.cached);
  });

  test('in git is evaluated again when it is committed, and for another host', async () => {
    write({ 'host/flake.nix': flakeText, 'host/text': '1' });
    await git('init', '--quiet');
    await git('add', '.');
    const dirty = await answer('.#hall.example');
    await git('commit', '--quiet', '--message', 'first');
    const clean = await answer('.#hall.example');
    expect(clean.cached).toBe(clean.evaluated);
    expect(clean.cached).not.toBe(dirty.cached);
    nix.markEntries();
    expect((await answer('.#hall.example')).fromCache).toBe(true);
    expect((await answer('.#kitchen')).fromCache).toBe(false);
    // What git does not know is not part of the flake.
    write({ 'host/new': '' });
    expect((await answer('.#hall.example')).fromCache).toBe(true);
  });
});
