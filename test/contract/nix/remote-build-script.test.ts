import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { endingIn } from '../../../provider/nix/remote-build.ts';
import { remoteBuildScript } from '../../../provider/nix/remote-build-script.ts';

jest.setTimeout(120_000);

// Builds `/…-quick` at once, and all else until a file `go` is there; it takes its time to end, as Nix does on a busy machine.
const nixStoreStandIn = `#!/bin/sh
echo "$2" >> "$HOME/built"
trap 'sleep 2; exit 1' TERM
case $2 in *-quick) exit 0;; esac
until [ -e "$HOME/go" ]; do sleep 0.1; done
`;

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'builds-'));
  writeFileSync(join(home, 'nix-store'), nixStoreStandIn);
  chmodSync(join(home, 'nix-store'), 0o755);
});
afterEach(() => {
  rmSync(home, { recursive: true });
});

interface Call {
  readonly path: string;
  readonly run: string;
  readonly again?: boolean;
  readonly seconds?: number;
  /** XDG_STATE_HOME; default: it is not set. */
  readonly state?: string;
}

/** How the script says that the build ended. */
async function ending({ path, run, again = false, seconds = 60, state }: Call): Promise<string> {
  const settings = ['name', path, run, '[ended]', again ? 'again' : 'first', String(seconds)];
  const child = spawn('/bin/sh', ['-c', remoteBuildScript, 'build', ...settings], {
    env: {
      HOME: home,
      PATH: `${home}:${process.env['PATH'] ?? ''}`,
      ...(state !== undefined && { XDG_STATE_HOME: state }),
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let stdout = '';
  child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
  await new Promise((resolve) => child.on('close', resolve));
  return endingIn(stdout, '[ended]').code;
}

const built = () =>
  existsSync(join(home, 'built')) ? readFileSync(join(home, 'built'), 'utf8').trim().split('\n') : [];

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(20);
}

test('whoever follows a build that is ended for a newer one does not begin it again', async () => {
  const followed = ending({ path: '/older', run: 'one' });
  await until(() => built().length === 1);
  const newer = ending({ path: '/newer-quick', run: 'two' });
  // Its processes are gone, but the newer one still waits for what they leave behind.
  expect(['', 'replaced']).toContain(await followed);
  expect(await ending({ path: '/older', run: 'one', again: true })).toBe('replaced');
  expect(await newer).toBe('0');
  expect(built()).toEqual(['/older', '/newer-quick']);
});

test('a newer build whose deployer died before it began is begun by the one that comes back', async () => {
  expect(await ending({ path: '/older-quick', run: 'one' })).toBe('0');
  writeFileSync(join(home, '.local/state/pulumi-nixos-pi/builds/name/run'), 'two');
  expect(await ending({ path: '/newer-quick', run: 'two', again: true })).toBe('0');
  expect(built()).toEqual(['/older-quick', '/newer-quick']);
});

test.each(['', 'state', undefined])(
  'a build is recorded below the home directory where XDG_STATE_HOME is %j',
  async (state) => {
    expect(await ending({ path: '/a-quick', run: 'one', ...(state !== undefined && { state }) })).toBe('0');
    expect(existsSync(join(home, '.local/state/pulumi-nixos-pi/builds/name/run'))).toBe(true);
  },
);

test('a build is recorded below the folder that XDG_STATE_HOME names', async () => {
  expect(await ending({ path: '/a-quick', run: 'one', state: join(home, 'elsewhere') })).toBe('0');
  expect(existsSync(join(home, 'elsewhere/pulumi-nixos-pi/builds/name/run'))).toBe(true);
});

test('a build that takes too long is ended', async () => {
  expect(await ending({ path: '/endless', run: 'one', seconds: 1 })).toBe('124');
});

test('a build that cannot start says so', async () => {
  writeFileSync(join(home, 'setsid'), '#!/bin/sh\nexit 1\n');
  chmodSync(join(home, 'setsid'), 0o755);
  expect(await ending({ path: '/quick', run: 'one' })).toBe('not-begun');
});

test('an older build that cannot be ended is not waited for for ever', async () => {
  const followed = ending({ path: '/older', run: 'one' });
  await until(() => built().length === 1);
  const pidFile = join(home, '.local/state/pulumi-nixos-pi/builds/name/pid');
  const pid = readFileSync(pidFile, 'utf8');
  const bystander = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
  writeFileSync(pidFile, String(bystander.pid));
  expect(await ending({ path: '/newer-quick', run: 'two' })).toBe('older-goes-on');
  process.kill(-Number(pid), 'SIGKILL');
  await followed;
});
