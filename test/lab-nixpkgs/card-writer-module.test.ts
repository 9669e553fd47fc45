import path from 'node:path';
import { expect, test } from '@jest/globals';
import { evaluate, nix, system } from './nix.ts';

const project = path.join(import.meta.dirname, '../..');

// What nixpkgs calls esbuild and nodejs, from the packages of this checkout.
const configuration = `{ pkgs, ... }: {
  imports = [ ${project}/nix/card-writer.nix ];
  nixpkgs.hostPlatform = "x86_64-linux";
  nixpkgs.overlays = [ (final: previous: {
    esbuild = builtins.path { name = "esbuild"; path = /. + "${project}/node_modules/@esbuild/linux-x64"; };
    nodejs = builtins.path { name = "nodejs"; path = /. + "${project}/node_modules/node"; };
  }) ];
  programs.pulumi-nixos-pi.cardWriter = { enable = true; users = [ "ada" ]; allow = [ "nvme" ]; };
}`;
const name = 'pulumi-nixos-pi-card-writer';

async function build(expression: string): Promise<string> {
  const result = await nix(['nix-build', '--no-out-link', '-E', expression]);
  if (result.code !== 0) throw new Error(result.stderr);
  return result.stdout;
}

test('a NixOS workstation with the module has a card writer that root runs for its users', async () => {
  const isIt = `package: package.name or "" == "${name}"`;
  const packages = `${system(configuration)}.config.environment.systemPackages`;
  const built = await build(`builtins.head (builtins.filter (${isIt}) ${packages})`);
  const { stdout } = await nix(['sh', '-c', `echo '{}' | env -i ${built}/bin/${name}.mjs`]);
  expect(JSON.parse(stdout)).toMatchObject({
    event: 'failed',
    problem: { what: 'The request to the card writer is malformed: request.action.' },
  });
  const device = { path: '/dev/disk/by-id/none', allow: ['nvme', 'loop'], maximumSizeBytes: 1e12 };
  const request = JSON.stringify({ protocol: 1, action: 'inspect', device });
  const refused = await nix(['sh', '-c', `echo '${request}' | env -i ${built}/bin/${name}.mjs`]);
  expect(refused.stdout).toContain('for loop it has no permission');
});

test('what it runs is installed with it', async () => {
  const packages = `${system(configuration)}.config.environment.systemPackages`;
  const built = await build(
    `builtins.head (builtins.filter (package: package.pname or "" == "e2fsprogs") ${packages})`,
  );
  for (const tool of ['e2fsck', 'debugfs'])
    expect(await nix([`${built}/bin/${tool}`, '-V'])).toMatchObject({ code: 0, stderr: expect.stringContaining(tool) });
  expect(await evaluate(`map (package: package.pname or "") ${packages}`)).toContain('util-linux');
});

test('sudo runs it without their variables', async () => {
  const extraConfig = await evaluate(`${system(configuration)}.config.security.sudo.extraConfig`);
  expect(extraConfig).toContain(`Defaults!/run/current-system/sw/bin/${name}.mjs env_reset, !setenv`);
});

test.each(['sudo', 'sudo-rs'])('%s lets them run it with no arguments, and nothing else', async (program) => {
  const rules = await evaluate(`${system(configuration)}.config.security.${program}.extraRules`);
  expect(rules).toContainEqual(
    expect.objectContaining({
      users: ['ada'],
      runAs: 'root',
      commands: [{ command: `/run/current-system/sw/bin/${name}.mjs ""`, options: ['NOPASSWD'] }],
    }),
  );
});
