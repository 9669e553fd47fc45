import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { followScript, startScript } from '../../../provider/activation/start-script.ts';
import { endOfSupervisor } from '../../../provider/activation/supervisor-script.ts';
import { stateDirectory, volatileDirectory } from '../../../provider/values/pi-paths.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'start-'));
  for (const folder of ['bin', 'units', 'system']) mkdirSync(path.join(directory, folder));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function program(name: string, script: string): void {
  writeFileSync(path.join(directory, 'bin', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** What starting a run prints where systemd is in that state, by a root with that umask. */
function start(shell: string, state: string, umask = '022', supervisor = `${endOfSupervisor}\n`): string {
  program('systemctl', `case $1 in is-system-running) echo ${state} ;; show) echo inactive ;; esac`);
  const script = `umask ${umask}\n${startScript}`
    .replaceAll(stateDirectory, `${directory}/state`)
    .replaceAll(volatileDirectory, `${directory}/volatile`)
    .replaceAll('/run/current-system', `${directory}/system`)
    .replaceAll('/run/systemd/system', `${directory}/units`);
  const env = { HOME: directory, PATH: `${directory}/bin:${process.env['PATH'] ?? ''}` };
  writeFileSync(path.join(directory, 'script'), script);
  const argv = ['-c', script, 'start', 'r1', userInfo().username, 'ada', '60', '600'];
  return execFileSync(shell, argv, { input: supervisor, encoding: 'utf8', env }).trim();
}

// Debian's sh is dash, NixOS' is bash.
describe.each(['dash', 'bash'])('in %s', (shell) => {
  test.each([
    ['stopping', 'unfit the Pi is shutting down'],
    ['running', 'unfit Transaction is destructive.'],
  ])('where systemd starts no unit and is %s it is told why', (state, says) => {
    program('systemd-run', 'echo Transaction is destructive. >&2; exit 1');
    expect(start(shell, state)).toBe(says);
  });

  test('a supervisor that was cut off on its way is not started', () => {
    program('systemd-run', `: > ${directory}/started`);
    expect(start(shell, 'running', '022', 'half')).toMatch(/^unfit the supervisor did not arrive whole in /);
    expect(existsSync(path.join(directory, 'started'))).toBe(false);
  });

  // Whose connection was lost may still be on its way when the run is started once more.
  test('two starts of one run at a time do not take the supervisor from each other', () => {
    program('systemd-run', '');
    const again = `echo '${endOfSupervisor}' | ${shell} ${directory}/script r1 ${userInfo().username} ada 60 600`;
    // When the first one has its supervisor and looks at its end.
    program('tail', `if mkdir ${directory}/other 2> /dev/null; then ${again} >&2; fi\nexec /usr/bin/tail "$@"`);
    expect(start(shell, 'running')).toBe('');
    expect(existsSync(path.join(directory, 'other'))).toBe(true);
  });

  // As of a program that prints Latin-1, or is killed in the middle of a character.
  test('a follower is told lines that end with half a character, each for itself', () => {
    const folder = path.join(directory, 'state/runs/r1');
    mkdirSync(folder, { recursive: true });
    const write = (name: string, text: string) => {
      writeFileSync(path.join(folder, name), Buffer.from(text, 'latin1'));
    };
    write('record', 'outcome=rolled-back\nreason=caf\u00e9\n');
    write('log', 'caf\u00e9\n[r1] phase confirming\nbar\u00e9\nlast\n');
    write('ended', '');
    const script = followScript
      .replaceAll(stateDirectory, `${directory}/state`)
      .replaceAll(volatileDirectory, `${directory}/volatile`);
    const env = { HOME: directory, PATH: process.env['PATH'], LC_ALL: 'C.UTF-8' };
    const said = execFileSync(shell, ['-c', script, 'follow', 'r1'], { encoding: 'utf8', env });
    expect(said.split('\n')).toEqual([
      'log caf\ufffd',
      'log bar\ufffd',
      'log last',
      'record outcome=rolled-back',
      'record reason=caf\ufffd',
      'followed',
      '',
    ]);
  });

  test.each(['022', '077', '000'])('the login may read its log and no more, with any umask of root: %s', (umask) => {
    program('systemd-run', '');
    expect(start(shell, 'running', umask)).toBe('');
    const mode = (name: string) => (statSync(path.join(directory, 'state', name)).mode & 0o777).toString(8);
    expect(['.', 'runs', 'runs/r1'].map(mode)).toEqual(['755', '755', '755']);
    const files = ['login', 'log', 'failed-units', 'supervisor'].map((name) => mode(`runs/r1/${name}`));
    expect(files).toEqual(['700', '400', '400', '600']);
  });
});
