import { describe, expect, test } from '@jest/globals';
import { elevationProblem } from '../../../provider/ssh/elevate.ts';
import { doas } from '../../../provider/ssh/elevation/doas.ts';
import type { ElevationProgram } from '../../../provider/ssh/elevation/elevation-program.ts';
import { run0 } from '../../../provider/ssh/elevation/run0.ts';
import { sudo } from '../../../provider/ssh/elevation/sudo.ts';

const login = { user: 'pi', name: 'kitchen' };
const said = (program: ElevationProgram, stderr: string, code = 1) =>
  elevationProblem(program, { code, stdout: '', stderr }, login);

describe('the command line', () => {
  test.each<[ElevationProgram, string[]]>([
    [sudo, ['sudo', '-n', '--', 'true']],
    [run0, ['run0', '--no-ask-password', '--setenv=PATH', '--', 'true']],
    [doas, ['doas', '-n', '--', 'true']],
  ])('%o without a password', (program, argv) => {
    expect(program.withoutPassword(['true'])).toEqual(argv);
  });

  test('only sudo can be given a password', () => {
    expect(sudo.withPassword?.(['true'], 'prompt')).toEqual(['sudo', '-S', '-p', 'prompt', '--', 'true']);
    expect([run0.withPassword, doas.withPassword]).toEqual([undefined, undefined]);
  });
});

// The texts as the programs print them: sudo 1.8 to 1.9.17, sudo-rs 0.2, systemd 257 and 261, OpenDoas 6.8.
describe('why it refused', () => {
  test.each([
    ['Sorry, try again.\nsudo: no password was provided\nsudo: 1 incorrect password attempt', 'is wrong'],
    ['sudo: 3 incorrect password attempts', 'is wrong'],
    ['sudo: Authentication failed, try again.\nsudo: Maximum 3 incorrect authentication attempts', 'is wrong'],
    ['sudo: a password is required', 'none is configured'],
    ['sudo: interactive authentication is required', 'none is configured'],
    ['sudo: A terminal is required to authenticate', 'none is configured'],
    [
      'sudo: a terminal is required to read the password; either use the -S option to read from standard input or configure an askpass helper',
      'none is configured',
    ],
    ['sudo: no tty present and no askpass program specified', 'none is configured'],
    ['pi is not in the sudoers file.  This incident will be reported.', 'may not use sudo'],
    ["Sorry, user pi is not allowed to execute '/bin/sh -c x' as root on kitchen.", 'may not use sudo'],
    ['Sorry, user pi may not run sudo on kitchen.', 'may not use sudo'],
    ["sudo: I'm sorry pi. I'm afraid I can't do that", 'may not use sudo'],
    ['sudo: Account or password is expired, reset your password and try again', 'password has expired'],
    ['sudo: account validation failure, is your account locked?', 'account is locked'],
    ['sudo: sorry, you must have a tty to run sudo', 'wants a terminal'],
    [
      'sudo: /run/current-system/sw/bin/sudo must be owned by uid 0 and have the setuid bit set',
      'cannot make anyone root',
    ],
  ])('sudo: %s', (stderr, what) => {
    expect(said(sudo, stderr)?.what).toContain(what);
  });

  test.each([
    'Failed to start transient service unit: Interactive authentication required.',
    'Failed to start transient service unit: Access denied',
    'Failed to start transient service unit: Access denied as the requested operation requires interactive authentication. However, interactive authentication has not been enabled by the calling program.',
  ])('run0: %s', (stderr) => {
    expect(said(run0, stderr)).toMatchObject({
      what: 'run0 on kitchen does not let pi become root without a password.',
      remedy: expect.stringContaining('wheelNeedsPassword = false'),
    });
  });

  test.each([
    ['doas: Authentication required', 'without a password'],
    ['doas: Authorization required', 'without a password'],
    ['doas: Authentication failed', 'without a password'],
    ['doas: a tty is required', 'without a password'],
    ['doas: Operation not permitted', 'may not use doas'],
    ['doas: doas is not enabled, /etc/doas.conf: No such file or directory', 'may not use doas'],
  ])('doas: %s', (stderr, what) => {
    expect(said(doas, stderr)?.what).toContain(what);
  });

  test.each([
    [sudo, "env: 'sudo': No such file or directory"],
    [run0, 'env: run0: No such file or directory'],
    [doas, "env: can't execute 'doas': No such file or directory"],
  ])('%o is not there', (program, stderr) => {
    expect(said(program, stderr, 127)).toMatchObject({
      what: `There is no ${program.program} on kitchen.`,
      remedy: expect.stringContaining(`security.${program.program}.enable = true`),
    });
  });

  test('anything else is no refusal', () => {
    expect(said(sudo, 'mount: permission denied')).toBeUndefined();
    expect(said(run0, "env: 'nix-env': No such file or directory", 127)).toBeUndefined();
    expect(said(doas, 'rm: Operation not permitted')).toBeUndefined();
  });
});
