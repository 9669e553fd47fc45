import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { quickStart } from '../../../../commands/fleet/quick-start.ts';

describe('what engines are given so that nothing is compiled twice', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'quick-start-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  /** Runs a script in a folder of that name; gives what it printed. */
  function run(folder: string, text: string, env: Record<string, string> = {}, as: readonly string[] = []): string {
    mkdirSync(path.join(directory, folder), { recursive: true });
    const script = path.join(directory, folder, 'index.js');
    writeFileSync(script, text);
    const given = { PATH: process.env['PATH'], XDG_CACHE_HOME: directory, ...env, ...quickStart(env) };
    const [program, ...rest] = [...as, process.execPath, script];
    return execFileSync(program, rest, { encoding: 'utf8', env: given, cwd: directory });
  }

  /** Programs of which something is kept. */
  const caches = () => {
    const entries = readdirSync(path.join(directory, 'pulumi-nixos-pi/node'), { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    return [...new Set(files.map(({ parentPath }) => path.basename(path.dirname(parentPath))))].toSorted();
  };

  test('is kept for each program by itself', () => {
    run('run', '');
    run('dynamic-provider', '');
    expect(caches()).toEqual(['dynamic-provider', 'run']);
  });

  test('is kept also for a program that a signal ends', () => {
    const ending = 'setTimeout(() => process.kill(process.pid, "SIGKILL"), 1500);';
    expect(() => run('dynamic-provider', ending)).toThrow(expect.objectContaining({ signal: 'SIGKILL' }));
    expect(caches()).toEqual(['dynamic-provider']);
  });

  test('comes beside what the user gives Node', () => {
    expect(run('run', 'console.log(process.title)', { NODE_OPTIONS: '--title=mine' })).toContain('mine');
    expect(caches()).toEqual(['run']);
  });

  // Where a program runs may be anybody's folder, and code is run from what is kept.
  test.each<[string, Record<string, string>, string[]]>([
    ['whose home is empty', { HOME: '' }, []],
    ['that no list of users knows', {}, ['unshare', '--user', '--map-user=4242']],
  ])('is not kept for a user %s, whose programs run all the same', (_name, home, as) => {
    const env = { XDG_CACHE_HOME: '', ...home };
    expect(run('run', 'console.log("ran")', env, as)).toBe('ran\n');
    expect(readdirSync(directory)).toEqual(['run']);
  });
});
