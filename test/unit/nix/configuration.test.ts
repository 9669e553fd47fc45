import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ConfigurationInputs, configurationName, nixConfiguration } from '../../../provider/nix/configuration.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'configuration-'));
  writeFileSync(join(directory, 'pi.nix'), '{ }');
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

describe('a NixOS configuration', () => {
  test('in a file is relative to the project', () => {
    const configuration = nixConfiguration({ configuration: 'pi.nix', nixPath: ['nixpkgs=/n'] }, directory);
    expect(configuration).toEqual({ kind: 'channel', file: join(directory, 'pi.nix'), nixPath: ['nixpkgs=/n'] });
    expect(configurationName(configuration)).toBe(join(directory, 'pi.nix'));
  });

  test.each<[string, string, string]>([
    ['.#kitchen', '.', 'kitchen'],
    ['#kitchen', '.', 'kitchen'],
    ['github:me/pis#kitchen-2', 'github:me/pis', 'kitchen-2'],
    ['path:/my pis?dir=x#kitchen', 'path:/my pis?dir=x', 'kitchen'],
    ["/pis#_kitchen'", '/pis', "_kitchen'"],
    ['.#kitchen.example.org', '.', 'kitchen.example.org'],
    ['.#--x', '.', '--x'],
  ])('in the flake %s', (flake, reference, name) => {
    expect(nixConfiguration({ flake }, directory)).toEqual({ kind: 'flake', reference, name });
  });

  test('in a flake has the name that Nix knows it by', () => {
    expect(configurationName({ kind: 'flake', reference: '.', name: 'kitchen' })).toBe('.#kitchen');
  });

  test.each<[string, ConfigurationInputs, RegExp]>([
    ['both', { configuration: 'pi.nix', flake: '.#a' }, /^Both `configuration` and `flake`.*\n {2}what to do:/],
    ['neither', {}, /^No NixOS configuration is given\.\n {2}what to do:/],
    ['a missing file', { configuration: 'absent.nix' }, /absent\.nix does not exist\.\n.*relative to/],
    ['a flake without a host', { flake: '.' }, /^The flake "\." names no host\.\n.*flake#host/],
    ['a flake with an empty host', { flake: '.#' }, /names no host/],
    ['two hosts', { flake: '.#a#b' }, /names no host/],
    ['an attribute path', { flake: '.#nixosConfigurations.a' }, /names no host/],
    ['a host that is Nix code', { flake: '.#"${x}"' }, /names no host/],
    ['a flake that is an option', { flake: '--x#a' }, /names no host/],
    ['a host with a line break', { flake: '.#a\nb' }, /names no host/],
  ])('%s is refused', (_name, inputs, message) => {
    expect(() => nixConfiguration(inputs, directory)).toThrow(message);
  });
});
