import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  deploymentHistory,
  parseDeploymentRecord,
  recordScript,
} from '../../../provider/activation/deployment-record.ts';
import { stateDirectory, volatileDirectory } from '../../../provider/values/pi-paths.ts';

const run = '0c0ffee0-1234-4abc-8def-0123456789ab';
const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'record-'));
  for (const folder of [`state/runs/${run}`, 'volatile', 'bin'])
    mkdirSync(path.join(directory, folder), { recursive: true });
  symlinkSync(`runs/${run}`, path.join(directory, 'state/last'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function record(outcome: string): string {
  const storePath = `/nix/store/${'0'.repeat(32)}-new`;
  return `run=${run}\nstorePath=${storePath}\nphase=installing\noutcome=${outcome}\nbootId=${bootId}\nreason=a=b \\n c\n`;
}

/** What a look prints where systemd says that of the deployment's units, and that command is run in the meantime. */
function look(shell: string, systemd: string, meanwhile = ':', locale = {}): string {
  const systemctl = `#!/bin/sh\ntouch ${directory}/asked\n${meanwhile}\nprintf '%s' '${systemd}'\n`;
  writeFileSync(path.join(directory, 'bin/systemctl'), systemctl, { mode: 0o755 });
  const script = recordScript
    .replaceAll(stateDirectory, `${directory}/state`)
    .replaceAll(volatileDirectory, `${directory}/volatile`);
  const env = { HOME: directory, PATH: `${directory}/bin:${process.env['PATH'] ?? ''}`, ...locale };
  return execFileSync(shell, ['-c', script], { encoding: 'utf8', env, cwd: '/' });
}

// Debian's sh is dash, NixOS' is bash.
describe.each(['dash', 'bash'])('a look at the record in %s', (shell) => {
  const isAsked = () => existsSync(path.join(directory, 'asked'));

  test('asks systemd nothing where the last deployment has told its end', () => {
    writeFileSync(path.join(directory, 'state/last/record'), record('activated'));
    expect(parseDeploymentRecord(look(shell, 'active\n'))).toMatchObject({ outcome: 'activated', reason: 'a=b \n c' });
    expect(isAsked()).toBe(false);
  });

  test.each([
    ['goes on, whose unit is active', 'active\n\ninactive\n', undefined],
    ['is being taken back', 'failed\n\nactivating\n', undefined],
    ['was cut off', 'inactive\n', 'interrupted'],
  ])('asks systemd about one that has told none, and %s', (_what, systemd, outcome) => {
    writeFileSync(path.join(directory, `volatile/record-${run}`), record(''));
    expect(parseDeploymentRecord(look(shell, systemd))).toMatchObject({ run, outcome });
    expect(isAsked()).toBe(true);
  });

  test('takes one that ends while systemd is asked for no interrupted one', () => {
    writeFileSync(path.join(directory, `volatile/record-${run}`), record(''));
    writeFileSync(path.join(directory, 'ended'), record('activated'));
    const ending = `cp ${directory}/ended ${directory}/volatile/record-${run}`;
    expect(parseDeploymentRecord(look(shell, 'inactive\n', ending))).toMatchObject({ outcome: 'activated' });
  });

  test('takes a record whose reason ends with half a character', () => {
    const whole = Buffer.from(record('failed').trimEnd());
    writeFileSync(path.join(directory, 'state/last/record'), Buffer.concat([whole, Buffer.from([0xe9, 0x0a])]));
    expect(parseDeploymentRecord(look(shell, '', ':', { LC_ALL: 'C.UTF-8' }))?.reason).toBe('a=b \n c\ufffd');
  });

  test('takes the newer record in /run, and the history beside it', () => {
    writeFileSync(path.join(directory, 'state/last/record'), record('activated'));
    writeFileSync(path.join(directory, `volatile/record-${run}`), record('failed'));
    writeFileSync(path.join(directory, 'state/history'), `7\tactivated\t${run}\tswitch\t/new\t/old\tada\n`);
    const text = look(shell, '');
    expect(parseDeploymentRecord(text)).toMatchObject({ outcome: 'failed' });
    expect(deploymentHistory(text)).toEqual([
      { time: 7, outcome: 'activated', storePath: '/new', previous: '/old', deployer: 'ada' },
    ]);
  });

  test('finds nothing where nothing was deployed', () => {
    rmSync(path.join(directory, 'state'), { recursive: true });
    expect(parseDeploymentRecord(look(shell, ''))).toBeUndefined();
  });
});
