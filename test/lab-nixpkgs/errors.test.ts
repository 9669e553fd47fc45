import { describe, expect, test } from '@jest/globals';
import { fixture, nix, system } from './nix.ts';

const hardware = fixture('hardware-configuration.nix');

describe('what is wrong with a configuration is said in the words of NixOS', () => {
  test.each([
    [
      'an unknown option',
      fixture('unknown-option.nix'),
      [
        "error: The option `services.opensh' does not exist. Definition values:\n",
        `- In \`${fixture('unknown-option.nix')}':\n`,
        'enable = true;',
        'Did you mean `services.openssh',
      ],
    ],
    [
      'two values for one option',
      fixture('conflict.nix'),
      [
        'error: The option `fileSystems."/".device\' has conflicting definition values:\n',
        `- In \`${fixture('conflict.nix')}': "/dev/disk/by-label/NIXOS_SD"\n`,
        `- In \`${hardware}': "/dev/disk/by-uuid/44444444-4444-4444-8888-888888888888"\n`,
        'Use `lib.mkForce value` or `lib.mkDefault value` to change the priority on any of these definitions.',
      ],
    ],
    [
      'a value of the wrong type',
      fixture('wrong-type.nix'),
      [
        "error: A definition for option `networking.hostName' is not of type `",
        `- In \`${fixture('wrong-type.nix')}': 4`,
      ],
    ],
    [
      'a value where options are',
      fixture('not-a-set.nix'),
      [
        `In module \`${fixture('not-a-set.nix')}', you're trying to define a value of type \`string'\n`,
        "`boot.loader'!",
      ],
    ],
    [
      'no root file system',
      '{ nixpkgs.hostPlatform = "aarch64-linux"; boot.loader.grub.enable = false; }',
      ['Failed assertions:\n', '- The ‘fileSystems’ option does not specify your root file system.'],
    ],
    [
      'root as a person',
      `{ imports = [ ${fixture('configuration.nix')} ]; users.users.root.isNormalUser = true; }`,
      [
        'Failed assertions:\n',
        '- A user cannot have a users.users.root.uid set below 1000 and set users.users.root.isNormalUser.\n',
      ],
    ],
    [
      'a board that nixos-hardware does not have',
      fixture('missing-channel.nix'),
      [
        "error: file 'nixos-hardware/raspberry-pi/99' was not found in the Nix search path (add it using $NIX_PATH or -I)",
      ],
    ],
    [
      'an import that is not there',
      fixture('missing-import.nix'),
      [`error: path '${fixture('does-not-exist.nix')}' does not exist`],
    ],
    [
      'a syntax error',
      fixture('syntax-error.nix'),
      ['error: syntax error, unexpected', `at ${fixture('syntax-error.nix')}:3:`],
    ],
  ])('%s', async (_, configuration, expected) => {
    const expression = `${system(configuration)}.config.system.build.toplevel.drvPath`;
    const result = await nix(['nix-instantiate', '--eval', '-E', expression]);
    expect(result.code).toBe(1);
    // Nix indents what a message consists of, line by line.
    const message = result.stderr.replaceAll(/^ {7}/gm, '');
    for (const text of expected) expect(message).toContain(text);
  });

  test('an option without a value', async () => {
    const modules = '[ ({ lib, ... }: { options.a.b = lib.mkOption { }; }) ]';
    const result = await nix([
      ...['nix-instantiate', '--eval', '-E'],
      `((import <nixpkgs/lib>).evalModules { modules = ${modules}; }).config.a.b`,
    ]);
    expect(result.stderr).toContain(
      "error: The option `a.b' was accessed but has no value defined. Try setting the option.",
    );
  });
});
