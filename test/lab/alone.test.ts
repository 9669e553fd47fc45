import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Lab } from '../../lab/lab.ts';
import { askPi, tell } from './pi-facts.ts';
import { Project } from './project.ts';

jest.setTimeout(10 * 60_000);

// The four resources in a program of someone's own, without the component, for a flake in a git repository.
const program = `
import { FlashedCard, HardwareConfig, NixosDeployment, SdImage } from './provider/resources/index.ts';

const image = new SdImage('image', { flake: '.#second-card' });
const card = new FlashedCard('card', {
  device: process.env.CARD_DEVICE!,
  imagePath: image.imagePath,
  imageSha256: image.sha256,
  imageSizeBytes: image.sizeBytes,
  allow: ['loop'],
});
const connection = { host: process.env.PI_ADDRESS!, user: 'pi', hostKey: card.hostPublicKey };
const hardware = new HardwareConfig('hardware', {
  connection,
  path: 'hosts/second/hardware-configuration.nix',
  flashId: card.flashId,
});
export const deployment = new NixosDeployment('deployment', {
  flake: hardware.text.apply(() => '.#second'),
  connection,
  flashId: card.flashId,
});
`;

const flake = (nixpkgs: string, nixosHardware: string) => `{
  inputs.nixpkgs.url = "path:${nixpkgs}";
  inputs.nixos-hardware.url = "path:${nixosHardware}";
  outputs =
    { nixpkgs, nixos-hardware, ... }:
    {
      nixosConfigurations.second-card = nixpkgs.lib.nixosSystem {
        modules = [
          ./hosts/lab/sd-card.nix
          { image.modules.sd-card.sdImage.compressImage = false; }
        ];
      };
      nixosConfigurations.second = nixpkgs.lib.nixosSystem {
        modules = [
          nixos-hardware.nixosModules.raspberry-pi-4
          ./hosts/second/hardware-configuration.nix
          ./hosts/lab/sd-card.nix
          ({ lib, pkgs, ... }: {
            boot.kernelPackages = pkgs.linuxPackages;
            networking.hostName = lib.mkForce "second";
            environment.systemPackages = [ pkgs.htop ];
          })
        ];
      };
    };
}
`;

describe('resources of a flake, each on its own', () => {
  const lab = Lab.open();
  let project: Project;

  beforeAll(async () => {
    await lab.up(['second']);
    project = await Project.make(lab, 'alone', 'second', {
      CARD_DEVICE: lab.card('second').device,
      PI_ADDRESS: lab.pi('second').place.address,
    });
    await project.write('index.ts', program);
    await mkdir(path.join(project.directory, 'hosts/second'));
    await rm(path.join(project.directory, 'hosts/lab/configuration.nix'));
    const channel = (name: string) =>
      project.run('readlink', '-f', `/nix/var/nix/profiles/per-user/root/channels/${name}`);
    await project.write('flake.nix', flake(await channel('nixpkgs'), await channel('nixos-hardware')));
    await project.run('git', 'init', '--quiet');
    await project.run('git', 'add', 'flake.nix', 'hosts');
    await project.succeed('config', 'set', 'cardDevice', 'unused');
  });

  test('from nothing to a deployment', async () => {
    await project.up();
    const deployed = await project.recorded('NixosDeployment');
    expect(await askPi(lab.pi('second'))).toMatchObject({
      current: deployed['storePath'],
      profile: deployed['storePath'],
      boots: deployed['storePath'],
    });
    expect(await tell(lab.pi('second'), 'htop --version')).toMatch(/^htop/);
    expect(await project.changes()).toEqual([]);
  });

  test('an image that NixOS left uncompressed is compressed, with its size in the frame header', async () => {
    const image = await project.recorded('SdImage');
    expect(image['filePath']).toMatch(/\.img$/);
    expect(image['imagePath']).toMatch(/\.img\.zst$/);
    const listing = await project.run('zstd', '--list', '-v', String(image['imagePath']));
    expect(/Decompressed Size:.*\((\d+) B\)/.exec(listing)?.[1]).toBe(String(image['sizeBytes']));
    expect(await project.recorded('FlashedCard')).toMatchObject({ writtenSha256: image['sha256'] });
  });

  test('git knows of the hardware configuration, so that the flake sees it, and nothing of it is staged', async () => {
    expect(await project.run('git', 'status', '--porcelain', 'hosts/second')).toBe(
      'A hosts/second/hardware-configuration.nix',
    );
    const text = await readFile(path.join(project.directory, 'hosts/second/hardware-configuration.nix'), 'utf8');
    expect(await project.run('git', 'diff', '--', 'hosts/second')).toContain(`+${text.split('\n')[0] ?? ''}`);
  });
});
