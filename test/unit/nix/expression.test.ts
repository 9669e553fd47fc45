import { describe, expect, test } from '@jest/globals';
import { evaluateCommand, instantiateCommand, nixEnvironment } from '../../../provider/nix/expression.ts';

const channel = { kind: 'channel', file: '/pis/my pi.nix', nixPath: ['nixpkgs=/n', '/channels'] } as const;
const flake = { kind: 'flake', reference: 'github:me/pis', name: 'kitchen' } as const;
const features = ['--extra-experimental-features', 'nix-command flakes'];
const path = ['-I', 'nixos-config=/pis/my pi.nix', '-I', 'nixpkgs=/n', '-I', '/channels'];
const system = 'import <nixpkgs/nixos> { configuration = <nixos-config>; }';

describe('an evaluation', () => {
  test('of a file', () => {
    expect(evaluateCommand(channel, 'n: n.x')).toEqual({
      file: 'nix-instantiate',
      args: ['--eval', '--strict', '--json', '--read-write-mode', ...path, '-E', `(n: n.x) (${system})`],
    });
  });

  test('of a flake', () => {
    expect(evaluateCommand(flake, 'n: n.x')).toEqual({
      file: 'nix',
      args: ['eval', ...features, '--json', 'github:me/pis#nixosConfigurations."kitchen"', '--apply', 'n: n.x'],
    });
  });
});

test('a host may have a name that is no identifier', () => {
  const odd = { ...flake, name: 'küche.example ${x}%20' };
  expect(evaluateCommand(odd, 'n: n.x').args).toContain(
    'github:me/pis#nixosConfigurations."k%C3%BCche.example%20%24%7Bx%7D%2520"',
  );
});

describe('a derivation', () => {
  test('of the system in a file', () => {
    expect(instantiateCommand(channel, { kind: 'toplevel' })).toEqual({
      file: 'nix-instantiate',
      args: [...path, '-E', `(${system}).config.system.build.toplevel`],
    });
  });

  test('of an image in a file', () => {
    expect(instantiateCommand(channel, { kind: 'image', variant: 'sd-card' }).args.at(-1)).toBe(
      `(${system}).config.system.build.images."sd-card"`,
    );
  });

  test('of an image in a flake', () => {
    expect(instantiateCommand(flake, { kind: 'image', variant: 'sd-card' })).toEqual({
      file: 'nix',
      args: [
        'eval',
        ...features,
        '--raw',
        'github:me/pis#nixosConfigurations."kitchen".config.system.build.images."sd-card".drvPath',
      ],
    });
  });
});

test('NIXOS_CONFIG of the environment is never looked at', () => {
  expect(Object.entries(nixEnvironment)).toContainEqual(['NIXOS_CONFIG', undefined]);
});
