import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { execa } from 'execa';
import { parsePartitionTable } from '../../../card-writer/partition-table.ts';
import { run } from '../../../provider/process/run.ts';
import { DebianMachine } from '../ssh/debian-machine.ts';
import { Workbench, hostKeyPath, inputsFor, makeImage, readFromRoot } from './cards.ts';

const project = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');
const installed = '/usr/local/libexec/pulumi-nixos-pi/card-writer.mjs';
const rule = '/etc/sudoers.d/pulumi-nixos-pi_ada';
const everything = '/etc/sudoers.d/everything';

jest.setTimeout(180_000);

let machine: DebianMachine;
let bench: Workbench;
let image: string;
beforeAll(async () => {
  machine = await DebianMachine.start(project);
  bench = await Workbench.make();
  image = await makeImage(bench);
  await run('chmod', ['755', bench.folder]);
  await machine.run('useradd', '--create-home', 'ada');
  await machine.run('useradd', '--create-home', 'eve');
  machine.write('/etc/hosts', `127.0.0.1 localhost ${hostname()}\n`);
  machine.write(everything, 'ada ALL=(ALL) NOPASSWD: ALL\n', 0o440);
  await machine.run('rm', '--recursive', '--force', '/usr/local/libexec');
});
afterAll(async () => {
  await bench.remove();
  await machine.stop();
});

/** As somebody in the machine, who has the project's Node and what a login has. */
function as(user: string, argv: readonly string[], more: { input?: string; env?: Record<string, string> } = {}) {
  const setUser = ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--init-groups', '--', ...argv];
  const [file, args] = machine.command('env', `--chdir=${project}`, ...setUser);
  const PATH = `${project}/node_modules/node/bin:/usr/bin:/bin`;
  const env = { PATH, HOME: `/home/${user}`, USER: user, TMPDIR: '/tmp', ...more.env };
  return execa(file, args, { env, extendEnv: false, reject: false, input: more.input ?? '' });
}

const cardWriter = (user: string, ...args: string[]) =>
  as(user, ['node', `${project}/commands/card-writer/main.ts`, ...args]);

const asRoot = (input: string, env: Record<string, string> = {}, ...args: string[]) =>
  as('ada', ['sudo', '--non-interactive', '--', installed, ...args], { input, env });

const flashAs = async (user: string, device: string, more: object = {}) =>
  as(user, [
    'node',
    `${project}/test/contract/card/flash-program.ts`,
    JSON.stringify({ ...(await inputsFor(device, image)), ...more }),
  ]);

describe('the installed card writer', () => {
  test('without it, a user who may not open the device is told how to install it', async () => {
    const device = await bench.card('none', 40);
    const { exitCode, stderr } = await flashAs('ada', device);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('npm run card-writer -- install')]);
  });

  test('is installed with one command, twice alike, as files that only root can change', async () => {
    const install = ['install', '--allow', 'loop'];
    const results = [await cardWriter('ada', ...install), await cardWriter('ada', ...install)];
    for (const { exitCode, stdout, stderr } of results) {
      expect([exitCode, stderr]).toEqual([0, '']);
      expect(stdout).toContain(installed);
    }
    const owners = await machine.run(
      'stat',
      '--format=%U:%G %a',
      installed,
      rule,
      '/usr/local/libexec/pulumi-nixos-pi',
    );
    expect(owners.split('\n')).toEqual(['root:root 755', 'root:root 440', 'root:root 755']);
    const imports = [...(await machine.run('cat', installed)).matchAll(/^import .* from "(.*)";$/gm)].map(
      ([, name]) => name,
    );
    expect(imports.length).toBeGreaterThan(5);
    expect(imports.filter((name) => name?.startsWith('node:') !== true)).toEqual([]);
    await machine.run('rm', everything);
  });

  test('writes a card for a user who may do nothing else as root', async () => {
    const device = await bench.card('card', 40);
    const wifi = { ssid: 'attic', psk: 'swordfish' };
    const { exitCode, stdout, stderr } = await flashAs('ada', device, { wifi });
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain('created');
    expect(parsePartitionTable((await readFile(bench.path('card'))).subarray(0, 4096))).toHaveLength(2);
    expect(await readFromRoot(device, `${hostKeyPath}.pub`)).toContain('ssh-ed25519 ');
    expect((await as('ada', ['sudo', '--non-interactive', 'true'])).exitCode).toBe(1);
  });

  test('writes to no kind of disk that was not named when it was installed', async () => {
    const device = { path: await bench.card('disk', 40), allow: ['nvme'], maximumSizeBytes: 1e12 };
    const { stdout } = await asRoot(`${JSON.stringify({ protocol: 1, action: 'inspect', device })}\n`);
    expect(stdout).toContain('The installed card writer writes to cards only: for nvme it has no permission.');
    expect(stdout).toContain('npm run card-writer -- install --allow nvme');
  });

  test('is nothing for another user', async () => {
    const { exitCode, stderr } = await flashAs('eve', await bench.card('eve', 40));
    expect(exitCode).toBe(1);
    expect(stderr).toContain('sudo does not let this user run the card writer');
    expect(stderr).toContain('a password is required');
  });

  test('takes no argument', async () => {
    expect((await asRoot('{}\n', {}, '--own-rights')).stderr).toContain('a password is required');
  });

  test('runs without what its user has in the environment', async () => {
    const env = { NODE_OPTIONS: '--require=/tmp/evil.cjs', LD_PRELOAD: '/tmp/evil.so', NODE_PATH: '/tmp' };
    const { stdout } = await asRoot('{}\n', env);
    expect(stdout).toBe(
      '{"event":"failed","problem":{"what":"The request to the card writer is malformed: request.action."}}',
    );
  });

  test.each([
    ['the file', ['chmod', 'o+w', installed], ['chmod', 'o-w', installed], installed],
    [
      'its folder',
      ['chmod', 'g+w', '/usr/local/libexec'],
      ['chmod', 'g-w', '/usr/local/libexec'],
      '/usr/local/libexec',
    ],
    ['its owner', ['chown', 'eve', installed], ['chown', 'root', installed], installed],
  ])('refuses to run where others can change %s', async (_what, break_, mend, named) => {
    await machine.run(...break_);
    try {
      expect((await asRoot('{}\n')).stdout).toContain(
        `The card writer refuses to run as root: others than root can change ${named}.`,
      );
    } finally {
      await machine.run(...mend);
    }
  });

  test('refuses to run where others can change a library that its Node uses', async () => {
    const library = await machine.run('sh', '-c', 'ls /usr/lib/*/libdl.so.2');
    await machine.run('chown', 'eve', library);
    try {
      expect((await asRoot('{}\n')).stdout).toContain(`others than root can change ${library}.`);
    } finally {
      await machine.run('chown', 'root', library);
    }
  });

  test('refuses to run by a link that others can turn elsewhere', async () => {
    await machine.run('mkdir', '--mode=777', '/usr/local/open');
    await machine.run('ln', '--symbolic', installed, '/usr/local/open/card-writer');
    machine.write(everything, 'ada ALL=(ALL) NOPASSWD: /usr/local/open/card-writer\n', 0o440);
    try {
      const { stdout } = await as('ada', ['sudo', '--non-interactive', '--', '/usr/local/open/card-writer'], {
        input: '{}\n',
      });
      expect(stdout).toContain('others than root can change /usr/local/open.');
    } finally {
      await machine.run('rm', '--recursive', '/usr/local/open', everything);
    }
  });

  test('stops when nobody listens any more', async () => {
    const device = await bench.card('killed', 40);
    const request = JSON.stringify({ ...(await inputsFor(device, image)) });
    const { exitCode } = await as('ada', [
      'node',
      `${project}/test/contract/card/flash-program.ts`,
      request,
      'reading back',
    ]);
    expect(exitCode).not.toBe(0);
    // udev's lock and the exclusive hold are free again.
    await machine.run(
      'sh',
      '-c',
      `for i in $(seq 50); do flock --nonblock ${device} true && exit; sleep 0.1; done; exit 1`,
    );
    expect(parsePartitionTable((await readFile(bench.path('killed'))).subarray(0, 4096))).toBeUndefined();
  });

  test('is taken away with its rule', async () => {
    machine.write(everything, 'ada ALL=(ALL) NOPASSWD: ALL\n', 0o440);
    expect((await cardWriter('ada', 'uninstall')).exitCode).toBe(0);
    expect([machine.exists(installed), machine.exists(rule)]).toEqual([false, false]);
  });
});
