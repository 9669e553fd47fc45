import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { hostFiles, writeHostFiles } from '../../commands/pi/host-files.ts';
import { Lab } from '../../lab/lab.ts';
import { evaluate, fixture, nix, system } from './nix.ts';

describe('ordinary configurations evaluate unchanged', () => {
  test('the image of a Pi is for a Pi, and says where its file is', async () => {
    const image = `${system(fixture('sd-card.nix'))}.config.system.build.images.sd-card`;
    expect(
      await evaluate(`let i = ${image}; in { inherit (i) name system; file = i.passthru.filePath; }`),
    ).toStrictEqual({
      name: expect.stringMatching(/^nixos-image-sd-card-26\.05.*-aarch64-linux\.img\.zst$/),
      system: 'aarch64-linux',
      file: expect.stringMatching(/^sd-image\/nixos-image-sd-card-26\.05.*-aarch64-linux\.img\.zst$/),
    });
  });

  test('without a platform the image is for the machine that evaluates, silently', async () => {
    const image = `${system('{ system.stateVersion = "26.05"; }')}.config.system.build.images.sd-card`;
    expect(await evaluate(`{ inherit (${image}) name system; }`)).toStrictEqual({
      name: expect.stringMatching(/-x86_64-linux\.img\.zst$/),
      system: 'x86_64-linux',
    });
  });

  test('a configuration with everything that people set', async () => {
    const expression = `let s = ${system(fixture('configuration.nix'))}; in {
      toplevel = s.config.system.build.toplevel.name;
      kernel = s.config.boot.kernelPackages.kernel.name;
      modules = s.config.boot.initrd.availableKernelModules;
      overlays = map (o: o.name) s.config.hardware.deviceTree.overlays;
    }`;
    expect(await evaluate(expression)).toMatchObject({
      toplevel: expect.stringMatching(/^nixos-system-pi4-26\.05/),
      kernel: expect.stringMatching(/^linux-6\.12\./),
      modules: expect.arrayContaining(['vc4', 'usb-storage']),
      overlays: expect.arrayContaining(['rpi4-cma-overlay']),
    });
  });

  test('nixos-hardware chooses the vendor kernel unless the configuration does', async () => {
    const configuration = `{ imports = [ <nixos-hardware/raspberry-pi/4> ${fixture('hardware-configuration.nix')} ]; }`;
    expect(await evaluate(`${system(configuration)}.config.boot.kernelPackages.kernel.name`)).toMatch(/^linux-rpi-/);
  });

  test.each([
    ['-I nixos-config', ['-I', `nixos-config=${fixture('configuration.nix')}`], {}],
    ['NIXOS_CONFIG', [], { NIXOS_CONFIG: fixture('configuration.nix') }],
  ])('%s names the configuration', async (_, options, env) => {
    const result = await nix(['nix-instantiate', '<nixpkgs/nixos>', '-A', 'system', ...options], env);
    expect(result.stdout).toMatch(/^\/nix\/store\/[a-z0-9]{32}-nixos-system-pi4-.*\.drv$/);
  });
});

test.each(['ada', 'root'])('what `pi new` writes for the login %s is a configuration', async (user) => {
  const project = mkdtempSync(path.join(Lab.open().instance.directory, 'new-'));
  try {
    const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI ada\n';
    await writeHostFiles(project, await hostFiles(project, { name: 'kitchen', user, board: '4' }, key));
    const login = `${system(`${project}/hosts/kitchen/sd-card.nix`)}.config`;
    const value = `let s = ${login}; in builtins.seq s.system.build.images.sd-card.drvPath s.users.users.${user}.isNormalUser`;
    expect(await evaluate(value)).toBe(user === 'ada');
  } finally {
    rmSync(project, { recursive: true });
  }
});

test('a flake gives the same configuration as the channels', async () => {
  const channel = (name: string): string =>
    `builtins.unsafeDiscardStringContext (builtins.storePath (toString <${name}>))`;
  const flake = `let
    nixpkgs = builtins.getFlake "path:\${${channel('nixpkgs')}}";
    hardware = builtins.getFlake "path:\${${channel('nixos-hardware')}}";
    configuration = { fileSystems."/".device = "/dev/disk/by-label/NIXOS_SD"; nixpkgs.hostPlatform = "aarch64-linux"; };
    modules = [ hardware.nixosModules.raspberry-pi-4 configuration ];
    byFlake = nixpkgs.lib.nixosSystem { inherit modules; };
    byChannel = import <nixpkgs/nixos> { configuration.imports = modules; };
    drv = s: s.config.system.build.toplevel.drvPath;
  in { flake = drv byFlake; channel = drv byChannel; }`;
  const { flake: byFlake, channel: byChannel } = (await evaluate(flake)) as { flake: string; channel: string };
  expect(byFlake).toBe(byChannel);
});
