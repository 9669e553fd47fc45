import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { afterBootScript, unitDirectory } from '../../../provider/activation/after-boot-script.ts';
import { parseRecord } from '../../../provider/activation/deployment-record.ts';
import { confirmRebootScript } from '../../../provider/activation/reboot-script.ts';
import { gcRootsDirectory, stateDirectory, volatileDirectory } from '../../../provider/values/pi-paths.ts';

const run = '0c0ffee0-1234-4abc-8def-0123456789ab';
const storePath = `/nix/store/${'0'.repeat(32)}-new`;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'after-boot-'));
  for (const folder of ['state/after-boot', 'volatile', 'roots', 'units', 'bin', 'old/bin'])
    mkdirSync(path.join(directory, folder), { recursive: true });
  program('bin/readlink', `echo ${storePath}`);
  program('bin/sync', '');
  program('bin/sleep', '');
  program('old/bin/switch-to-configuration', '');
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function program(name: string, script: string): void {
  writeFileSync(path.join(directory, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** With everything in the directory. */
function placed(script: string): string {
  return script
    .replaceAll(stateDirectory, `${directory}/state`)
    .replaceAll(volatileDirectory, `${directory}/volatile`)
    .replaceAll(gcRootsDirectory, `${directory}/roots`)
    .replaceAll(unitDirectory, `${directory}/units`);
}

function execute(shell: string, script: string): void {
  const env = { HOME: directory, PATH: `${directory}/bin:${process.env['PATH'] ?? ''}` };
  execFileSync(shell, ['-s'], { input: placed(script), env, cwd: '/' });
}

/** Supervises the first boot of a new system, of which systemd says that it is up, and then that it stops. */
function supervise(shell: string): void {
  const settings = { run, deployer: 'ada', storePath, previousSystem: path.join(directory, 'old'), bootId: 'before' };
  const limits = { previousGeneration: 0, confirmSeconds: 60, bootSeconds: 600 };
  execute(shell, afterBootScript({ ...settings, ...limits }));
}

// Debian's sh is dash, NixOS' is bash.
describe.each(['dash', 'bash'])('in %s', (shell) => {
  test.each([
    ['waits to be confirmed', 'confirming', ''],
    ['goes back', 'going-back', 'one\ntwo\nthree\n'],
  ])('a record that the new system %s tells when that began', (_what, phase, boots) => {
    writeFileSync(path.join(directory, 'state/after-boot/boots'), boots);
    const noting = `cp ${directory}/volatile/record-${run} ${directory}/seen; : > ${directory}/volatile/confirmed-${run}`;
    program('bin/systemctl', `case $1 in is-system-running) ${noting}; echo stopping ;; esac`);
    const began = Math.floor(Date.now() / 1000);
    supervise(shell);
    const seen = parseRecord(readFileSync(path.join(directory, 'seen'), 'utf8').split('\n'));
    expect(seen).toMatchObject({ run, phase });
    expect(seen?.time).toBeGreaterThanOrEqual(began);
  });

  // Later deployments keep their records in this folder, where the login reads them.
  test('a confirmation leaves a folder in /run that every login may read, whatever the umask of root', () => {
    rmSync(path.join(directory, 'volatile'), { recursive: true });
    writeFileSync(path.join(directory, 'state/after-boot/settings'), `run=${run}\n`);
    program('bin/sleep', `rm -f ${directory}/state/after-boot/settings`);
    execute(shell, `umask 077; set -- ${run}\n${confirmRebootScript}`);
    expect(statSync(path.join(directory, 'volatile')).mode & 0o777).toBe(0o755);
  });
});
