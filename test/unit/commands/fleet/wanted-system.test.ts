import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  parseYaml,
  projectConfig,
  readProjectConfig,
  readStackConfig,
  stackConfig,
} from '../../../../commands/fleet/project-config.ts';
import { wantedSystem, type WantedSystem } from '../../../../commands/fleet/wanted-system.ts';
import type { PiRecord } from '../../../../commands/fleet/pi-record.ts';

const root = path.join(import.meta.dirname, '../../../..');
const storePath = `/nix/store/${'a'.repeat(32)}-nixos-system-attic`;
const project = projectConfig(root, parseYaml(readFileSync(path.join(root, 'Pulumi.yaml'), 'utf8')));

/** What the stack attic wants, with such config in its file. */
function wanted(
  config: Record<string, unknown> | undefined,
  configuration: PiRecord['configuration'] = { configuration: 'hosts/attic/configuration.nix' },
  { name = 'attic', stack = 'attic', of = project } = {},
): WantedSystem {
  const file = config === undefined ? undefined : { encryptionsalt: 'v1:x', config };
  return wantedSystem(stack, { name, configuration }, stackConfig(of, file), of);
}

describe('what a Pi is to run', () => {
  test.each<[string, WantedSystem, ReturnType<typeof wanted>]>([
    ['what is recorded, with no word of it', 'as recorded', wanted({ 'nixos-pi:user': 'pi' })],
    ['the same of an organization', 'as recorded', wanted({}, undefined, { stack: 'home/attic' })],
    [
      'the configuration and the search path that are recorded',
      'as recorded',
      wanted(
        { 'nixos-pi:configuration': 'a.nix', 'nixos-pi:nixPath': ['nixpkgs=/n'] },
        { configuration: 'a.nix', nixPath: ['nixpkgs=/n'] },
      ),
    ],
    [
      'a search path as JSON',
      'as recorded',
      wanted({ nixPath: '["a=/b"]' }, { configuration: 'hosts/attic/configuration.nix', nixPath: ['a=/b'] }),
    ],
    ['a flake', 'as recorded', wanted({ 'nixos-pi:configuration': '.#attic' }, { flake: '.#attic' })],
    [
      'that of another folder',
      'as recorded',
      wanted({ 'nixos-pi:hostDirectory': 'loft' }, { configuration: 'hosts/loft/configuration.nix' }, { name: 'loft' }),
    ],
    ['a store path', { storePath }, wanted({ 'nixos-pi:storePath': storePath }, {})],
    ['a store path in place of a configuration', { storePath }, wanted({ 'nixos-pi:storePath': storePath })],
  ])('%s', (_what, expected, found) => {
    expect(found).toEqual(expected);
  });

  test.each<[string, WantedSystem]>([
    ['storePath was taken away', wanted({}, {})],
    ['storePath is a secret', wanted({ 'nixos-pi:storePath': { secure: 'v1:x' } }, {})],
    ['storePath is another word', wanted({ 'nixos-pi:storePath': 'latest' }, {})],
    ['configuration names another file', wanted({ 'nixos-pi:configuration': 'b.nix' })],
    ['configuration was taken away', wanted({}, { configuration: 'b.nix' })],
    ['configuration is a flake now', wanted({ 'nixos-pi:configuration': '.#attic' })],
    ['configuration is a secret', wanted({ 'nixos-pi:configuration': { secure: 'v1:x' } })],
    ['configuration has an old spelling', wanted({ 'nixos-pi:config:configuration': 'b.nix' })],
    [
      'configuration is named twice, and the engine takes any of them',
      wanted({ 'nixos-pi:configuration': 'b.nix', configuration: 'hosts/attic/configuration.nix' }),
    ],
    [
      'configuration comes from a merge',
      wanted(parseYaml('{ a: &a { nixos-pi:configuration: b.nix }, <<: *a }') as Record<string, unknown>),
    ],
    ['nixPath was set', wanted({ 'nixos-pi:nixPath': ['nixpkgs=/other'] })],
    [
      'nixPath was taken away',
      wanted({}, { configuration: 'hosts/attic/configuration.nix', nixPath: ['nixpkgs=/other'] }),
    ],
    ['nixPath holds a secret', wanted({ 'nixos-pi:nixPath': [{ secure: 'v1:x' }] })],
    ['hostDirectory names another folder', wanted({ 'nixos-pi:hostDirectory': 'loft' })],
    ['the program makes another Pi beside it', wanted({ 'nixos-pi:storePath': storePath }, {}, { name: 'beside' })],
    ['the file of the stack is missing', wanted(undefined)],
    [
      'an environment adds to the config',
      wantedSystem(
        'attic',
        { name: 'attic', configuration: { configuration: 'hosts/attic/configuration.nix' } },
        stackConfig(project, { environment: ['pis'], config: {} }),
        project,
      ),
    ],
    ['Pulumi.yaml cannot be read', wanted({}, undefined, { of: projectConfig(root, undefined) })],
    [
      'Pulumi.yaml has another default now',
      wanted({}, undefined, {
        of: projectConfig(root, { name: 'nixos-pi', config: { configuration: { type: 'string', default: 'b.nix' } } }),
      }),
    ],
  ])('is not certain: %s', (_what, found) => {
    expect(found).toBe('not certain');
  });

  test('is what the program named last, where the config is not that of index.ts', () => {
    const other = projectConfig(root, { name: 'shelf', config: { release: { type: 'string' } } });
    expect(wanted({}, { configuration: 'lathe.nix' }, { name: 'lathe', of: other })).toBe('by its program');
  });
});

test('the files of a checkout are read, and one that is missing or encrypted tells nothing', async () => {
  const lab = { ...(await readProjectConfig(root)), folder: path.join(root, 'lab') };
  expect(lab).toMatchObject({ name: 'nixos-pi', directory: root });
  expect((await readStackConfig('lab', lab))?.values.get('user')).toBe('pi');
  expect(await readStackConfig('elsewhere', lab)).toBeUndefined();
  expect(stackConfig(lab, 'GITCRYPT')).toBeUndefined();
});
