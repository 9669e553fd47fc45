import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { goingBackFunctions } from '../../../provider/activation/going-back-script.ts';
import { recordFunctions } from '../../../provider/activation/record-script.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'record-'));
  for (const folder of ['roots', 'volatile', 'state/runs/r1'])
    mkdirSync(path.join(directory, folder), { recursive: true });
  for (const root of ['new-r1', 'previous-r1', 'incoming'])
    symlinkSync('/nix/store/new', path.join(directory, 'roots', root));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

/** Runs commands with the functions of a run whose folders are in the directory. */
function withFunctions(shell: string, commands: string): string {
  const places = ['roots', 'volatile', 'state'].map((name) => `${name}=${path.join(directory, name)}`);
  const values = [
    ...places,
    'folder=$state/runs/r1',
    'new=/nix/store/new',
    'previous=/nix/store/old',
    'boots=',
    'profile=$state/p',
  ];
  const input = ['run=r1', recordFunctions, goingBackFunctions, ...values, commands].join('\n');
  return execFileSync(shell, ['-s'], { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] });
}

// Debian's sh is dash, NixOS' is bash.
describe.each(['dash', 'bash'])('in %s', (shell) => {
  test.each([
    ['activated', []],
    ['rolled-back', []],
    ['failed', ['incoming', 'new-r1', 'previous-r1']],
  ])('what is kept from garbage collection when a run ended as %s', (outcome, kept) => {
    writeFileSync(path.join(directory, 'volatile/record-r1'), `outcome=${outcome}\n`);
    withFunctions(shell, 'finish');
    expect(readdirSync(path.join(directory, 'roots')).sort()).toEqual(kept);
  });

  test.each([
    ['the generation before', 'true', '--switch-generation 3\n'],
    ['one that was deleted', '[ "$3" = --set ]', '--switch-generation 3\n--set /nix/store/old\n'],
  ])('the profile goes back to %s', (_name, succeeds, said) => {
    const program = `#!/bin/sh\necho "$3 $4"\n${succeeds}\n`;
    writeFileSync(path.join(directory, 'nix-env'), program, { mode: 0o755 });
    const settings = `PATH=${directory}:$PATH previous_generation=3 previous_profile=/nix/store/old`;
    expect(withFunctions(shell, `${settings}\ntake_back_link`)).toBe(said);
  });

  test.each([
    ['storePath', '/nix/store/new'],
    ['reason', 'a=b\\nc  d '],
    ['outcome', ''],
    ['path', ''],
  ])('what a record says of %s is read from it, and is nothing where there is no record', (name, value) => {
    const record = 'storePath=/nix/store/new\noutcome=\nreason=a=b\\nc  d \nreason=another\n';
    writeFileSync(path.join(directory, 'volatile/record-r1'), record);
    expect(withFunctions(shell, `printf %s "$(field ${name})"`)).toBe(value);
    expect(withFunctions(shell, `run=none folder=/none; printf %s "$(field ${name})"`)).toBe('');
  });

  // As of a health check that prints Latin-1, or is killed in the middle of a character.
  test('a reason that ends with half a character comes back', () => {
    const half = "reason=$(printf 'caf\\351') now=7 phase=ended";
    const back = `LC_ALL=C.UTF-8; export LC_ALL; ${half}; note; field phase; field reason`;
    expect(withFunctions(shell, back)).toMatch(/^ended\ncaf\ufffd\n+$/);
  });

  test('the record holds what a deployment is, also where its text looks like something else', () => {
    const values =
      'new=/nix/store/new previous=%s previous_profile=p previous_generation=3 goal=switch phase=ended now=7';
    const run = `${values} outcome=failed code=4 deployer='-e \\n' reason='one\ntwo \\ %d'; record_text`;
    expect(
      withFunctions(shell, run)
        .split('\n')
        .filter((line) => !line.startsWith('bootId=')),
    ).toEqual([
      ...['run=r1', 'storePath=/nix/store/new', 'previous=%s', 'previousProfile=p', 'previousGeneration=3'],
      ...['goal=switch', 'phase=ended', 'outcome=failed', 'code=4', 'time=7', 'deployer=-e \\n'],
      ...['reason=one\\ntwo \\\\ %d', ''],
    ]);
  });

  test.each([
    [10, 10],
    [11, 5],
  ])('of %d runs %d are kept', (count, kept) => {
    for (let run = 2; run <= count; run += 1) mkdirSync(path.join(directory, 'state/runs', `r${String(run)}`));
    withFunctions(shell, 'run=another; prune_runs');
    expect(readdirSync(path.join(directory, 'state/runs'))).toHaveLength(kept);
  });

  test('a restart that was announced and cut off is made', () => {
    writeFileSync(path.join(directory, 'volatile/record-r1'), 'outcome=rebooted-back\n');
    for (const mark of ['restarting-r1', 'ended-r1']) writeFileSync(path.join(directory, 'volatile', mark), '');
    const restart = `restart_pi() { : > ${path.join(directory, 'restarted')}; }`;
    withFunctions(shell, `${restart}\nback`);
    expect(readdirSync(directory)).toContain('restarted');
  });
});
