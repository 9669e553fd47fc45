import { existsSync, lstatSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { gcRootFor, removeGcRoot } from '../../../provider/nix/gc-root.ts';

const before = process.env['XDG_STATE_HOME'];
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gc-root-'));
  process.env['XDG_STATE_HOME'] = directory;
});
afterEach(() => {
  rmSync(directory, { recursive: true });
  if (before === undefined) delete process.env['XDG_STATE_HOME'];
  else process.env['XDG_STATE_HOME'] = before;
});

describe('the link that keeps a result', () => {
  test('lies below the state of the user', () => {
    expect(gcRootFor('urn:a', 'system')).toMatch(
      new RegExp(`^${directory}/pulumi-nixos-pi/gcroots/system-[0-9a-f]{16}$`),
    );
    delete process.env['XDG_STATE_HOME'];
    expect(gcRootFor('urn:a', 'system').startsWith(join(homedir(), '.local/state/pulumi-nixos-pi'))).toBe(true);
  });

  test('is the same one each time, and another one for each resource', () => {
    expect(gcRootFor('urn:a', 'system')).toBe(gcRootFor('urn:a', 'system'));
    const others = [gcRootFor('urn:a', 'system'), gcRootFor('urn:b', 'system'), gcRootFor('urn:a', 'sd-card')];
    expect(new Set(others).size).toBe(3);
  });

  test('is removed without what it leads to, and may be gone already', async () => {
    const link = join(directory, 'root');
    symlinkSync(directory, link);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    await removeGcRoot(link);
    await removeGcRoot(link);
    expect([existsSync(link), existsSync(directory)]).toEqual([false, true]);
  });
});
