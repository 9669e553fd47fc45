import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { connect, RemoteCommandError, type SshConnection } from '../../../provider/ssh/connection.ts';
import { runAsRoot } from '../../../provider/ssh/elevate.ts';
import { type Login, password, SshServer } from './ssh-server.ts';

let server: SshServer;
const open: SshConnection[] = [];
beforeAll(async () => {
  server = await SshServer.start();
}, 300_000);
afterEach(() => {
  for (const connection of open.splice(0)) connection.dispose();
});
afterAll(async () => {
  await server.stop();
});

async function as(login: Login): Promise<SshConnection> {
  const connection = await connect(server.target(login), 10);
  open.push(connection);
  return connection;
}

const messageOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'it succeeded',
    (error: unknown) => String(error),
  );

const given = { sudoPassword: password };
const none = { sudoPassword: undefined };

describe('becoming root', () => {
  test.each<[string, Login, typeof given | typeof none]>([
    ['as root, without sudo', 'root', none],
    ['as root, with a password that nobody asks for', 'root', given],
    ['where sudo asks for no password', 'free', none],
    ['where sudo asks for none although one is given', 'free', given],
    ['where sudo asks for the password', 'asked', given],
  ])('%s', async (_name, login, elevation) => {
    const connection = await as(login);
    const result = await runAsRoot(connection, elevation, ['sh', '-c', 'id -u; echo " err" >&2']);
    expect(result.stdout).toBe('0\n');
    expect(result.stderr.endsWith(' err\n')).toBe(true);
    expect(result.stderr).not.toMatch(/\[(sudo|started) /);
  });

  test.each<[string, Login]>([
    ['asks', 'asked'],
    ['does not ask', 'free'],
  ])('the command gets its own input, and never the password, where sudo %s', async (_name, login) => {
    const connection = await as(login);
    expect((await runAsRoot(connection, given, ['cat'], { stdin: 'a\nb\n' })).stdout).toBe('a\nb\n');
    expect((await runAsRoot(connection, given, ['cat'])).stdout).toBe('');
  });

  test.each<[string, Login]>([
    ['asks', 'asked'],
    ['does not ask', 'free'],
  ])('a stream becomes the input, and the lines told are those of the command, where sudo %s', async (_name, login) => {
    const connection = await as(login);
    const bytes = Buffer.alloc(3_000_000, 'é');
    const lines: string[] = [];
    const { stdout } = await runAsRoot(connection, given, ['sh', '-c', 'echo mine >&2; wc -c'], {
      stdin: Readable.from([bytes.subarray(0, 1), bytes.subarray(1)]),
      onStderrLine: (line) => lines.push(line),
    });
    expect(stdout.trim()).toBe('3000000');
    expect(lines).toEqual(['mine']);
  });

  test('gives the command its arguments as they are', async () => {
    const hostile = ['$(reboot)', "a'b", 'a"b', ' ', '-n', ';', 'a\nb', '\\', 'é'];
    const connection = await as('asked');
    const { stdout } = await runAsRoot(connection, given, ['printf', '%s\\0', ...hostile]);
    expect(stdout.split('\0').slice(0, -1)).toEqual(hostile);
  });

  test('a command that fails is no failure of sudo', async () => {
    const connection = await as('asked');
    const failing = runAsRoot(connection, given, ['sh', '-c', 'echo why >&2; exit 3']);
    await expect(failing).rejects.toThrow(RemoteCommandError);
    await expect(failing).rejects.toThrow(/exit code 3\.[^]*why/);
  });

  test('the password is on no command line, in no environment and in no output', async () => {
    const connection = await as('asked');
    // While it runs: the arguments and the environment of all processes, as root sees them.
    const script = 'cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr "\\0" "\\n"; true';
    const { stdout, stderr } = await runAsRoot(connection, given, ['sh', '-c', script]);
    expect(stdout).toContain('sudo');
    expect(stdout + stderr).not.toContain('battery');
  });
});

describe('another elevation program', () => {
  /** A stand-in for doas and run0, which this machine has not or cannot use: it takes their options, and sudo does the work. */
  const standIn = (name: string, options: string) => {
    const script = `#!/bin/sh\n[ "$1" = ${options} ] || exit 99\nuntil [ "$1" = -- ]; do shift; done\nshift\nexec sudo -n -- "$@"\n`;
    server.machine.write(`/usr/local/bin/${name}`, script, 0o755);
  };

  test.each<['doas' | 'run0', string]>([
    ['doas', '-n'],
    ['run0', '--no-ask-password'],
  ])('%s makes root, whether a password is given or not', async (method, option) => {
    standIn(method, option);
    for (const { sudoPassword } of [given, none]) {
      const script = ['sh', '-c', 'id -u; cat; echo own >&2'];
      const result = await runAsRoot(await as('free'), { sudoPassword, method }, script, { stdin: 'input\n' });
      expect(result).toMatchObject({ code: 0, stdout: '0\ninput\n' });
      expect(result.stderr).toMatch(/(^|\n)own\n$/);
    }
  });

  test('that is not there is named', async () => {
    await server.machine.run('rm', '-f', '/usr/local/bin/doas');
    const message = await messageOf(runAsRoot(await as('free'), { ...none, method: 'doas' }, ['true']));
    expect(message).toMatch(/There is no doas on the-pi\.[^]*security\.doas\.enable = true/);
  });

  test('run0 of systemd is understood in what it refuses', async () => {
    await server.machine.run('rm', '-f', '/usr/local/bin/run0');
    const message = await messageOf(runAsRoot(await as('free'), { ...none, method: 'run0' }, ['true']));
    expect(message).toMatch(/run0 on the-pi cannot talk to systemd\./);
  });
});

describe('what a command prints', () => {
  test.each([
    ['asks', 'asked'],
    ['does not ask', 'free'],
  ] as const)('is not taken for a refusal, where sudo %s', async (_name, login) => {
    const script = 'echo "sudo: a password is required" >&2; echo "Sorry, try again." >&2; exit 1';
    const failing = runAsRoot(await as(login), login === 'asked' ? given : none, ['sh', '-c', script]);
    await expect(failing).rejects.toThrow(RemoteCommandError);
  });

  test('is English, whatever the language of the login', async () => {
    const connection = await as('free');
    const { stdout } = await runAsRoot(connection, none, ['sh', '-c', 'echo "$LC_ALL"']);
    expect(stdout).toBe('C\n');
  });
});

describe('not becoming root', () => {
  test('because the password is wrong', async () => {
    const wrong = { sudoPassword: 'wrong "staple"' };
    const message = await messageOf(runAsRoot(await as('asked'), wrong, ['true']));
    expect(message).toMatch(/The sudo password for asked on the-pi is wrong\.[^]*config set --secret sudoPassword/);
    expect(message).not.toContain('staple');
  });

  test('because a password is wanted and none is given', async () => {
    const message = await messageOf(runAsRoot(await as('asked'), none, ['true']));
    expect(message).toMatch(/asks asked for a password, and none is configured\.[^]*wheelNeedsPassword = false/);
  });

  test.each([
    ['with a password', given],
    ['without a password', none],
  ])('because the login may not use sudo, %s', async (_name, elevation) => {
    const message = await messageOf(runAsRoot(await as('refused'), elevation, ['true']));
    expect(message).not.toContain('battery');
    // Without a password sudo does not say yet that it would be of no use.
    expect(message).toMatch(
      elevation === given ? /refused may not use sudo.*\n[^]*wheel/ : /asks refused for a password/,
    );
  });

  test('because of an empty password', async () => {
    const message = await messageOf(runAsRoot(await as('asked'), { sudoPassword: '' }, ['true']));
    expect(message).toMatch(/The sudo password for asked on the-pi is wrong/);
  });
});
