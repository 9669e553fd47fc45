import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { hostFiles, writeHostFiles } from '../../../../commands/pi/host-files.ts';
import { requireHostName } from '../../../../commands/pi/host-name.ts';

describe('a name', () => {
  test.each(['kitchen', 'pi4', '4pi', 'attic-2', 'a', 'a'.repeat(63)])('%s can be a Pi', (name) => {
    expect(() => {
      requireHostName(name);
    }).not.toThrow();
  });

  test.each(['', 'Kitchen', 'kitchen_1', '-a', 'a-', 'a.b', 'a/b', '..', 'a b', 'ä', 'a'.repeat(64), 'a\n', '--help'])(
    '%j cannot',
    (name) => {
      expect(() => {
        requireHostName(name);
      }).toThrow("can be no Pi's name");
    },
  );

  test.each(['common', 'lab'])('%s is taken', (name) => {
    expect(() => {
      requireHostName(name);
    }).toThrow("is no Pi's folder");
  });
});

describe('the files of a Pi', () => {
  const words = { name: 'kitchen', user: 'ada', board: '4' };
  let project: string;
  beforeEach(() => {
    project = mkdtempSync(path.join(tmpdir(), 'nixos-pi-'));
  });
  afterEach(() => {
    rmSync(project, { recursive: true });
  });
  const named = (files: readonly { path: string }[]): string[] => files.map((file) => file.path);

  test('are its own, and for the first one those that all share', async () => {
    const files = await hostFiles(project, words, 'ssh-ed25519 AAAA ada\n');
    expect(named(files)).toEqual([
      'hosts/common/default.nix',
      'hosts/common/authorized_keys',
      'hosts/kitchen/configuration.nix',
      'hosts/kitchen/sd-card.nix',
    ]);
    await writeHostFiles(project, files);
    expect(named(await hostFiles(project, { ...words, name: 'attic' }, ''))).toEqual([
      'hosts/attic/configuration.nix',
      'hosts/attic/sd-card.nix',
    ]);
    expect(readFileSync(path.join(project, 'hosts/common/authorized_keys'), 'utf8')).toBe('ssh-ed25519 AAAA ada\n');
  });

  test('have its own words in them, and no place that was not filled', async () => {
    const text = (await hostFiles(project, words, '')).map((file) => file.text).join('\n');
    expect(text).toContain('networking.hostName = "kitchen";');
    expect(text).toContain('<nixos-hardware/raspberry-pi/4>');
    expect(text).toContain('users.users."ada" = {');
    expect(text).not.toMatch(/@[a-z]+@/);
  });

  test('make an account for the login, but not for root, which is there', async () => {
    const shared = async (user: string) => (await hostFiles(project, { ...words, user }, ''))[0]?.text ?? '';
    const [ofAda, ofRoot] = [await shared('ada'), await shared('root')];
    expect(ofAda).toContain('isNormalUser = true;');
    expect(ofRoot).toContain('users.users."root" = {\n    openssh.authorizedKeys.keyFiles');
    expect(ofAda.replace(/ +isNormalUser.*\n +extraGroups.*\n/, '').replaceAll('"ada"', '"root"')).toBe(ofRoot);
  });

  test('never replace what is there', async () => {
    mkdirSync(path.join(project, 'hosts/kitchen'), { recursive: true });
    writeFileSync(path.join(project, 'hosts/kitchen/sd-card.nix'), 'mine');
    await expect(writeHostFiles(project, await hostFiles(project, words, ''))).rejects.toThrow('EEXIST');
    expect(readFileSync(path.join(project, 'hosts/kitchen/sd-card.nix'), 'utf8')).toBe('mine');
  });
});
