import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { bootFilesScript, takenBytes } from '../../../provider/nix/boot-files.ts';

let directory: string;
beforeEach(() => {
  directory = realpathSync(mkdtempSync(path.join(tmpdir(), 'boot-files-')));
  for (const folder of ['system', 'linux/dtbs', 'initrd-linux'])
    mkdirSync(path.join(directory, folder), { recursive: true });
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

/** A file of a system, behind a link; `kibibytes` is what it takes. */
function part(name: string, target: string, kibibytes: number): void {
  writeFileSync(path.join(directory, target), Buffer.alloc(kibibytes * 1024, 1));
  symlinkSync(`../${target}`, path.join(directory, 'system', name));
}

/** What the script prints about the system, in a shell whose `readlink` begins with these lines. */
function printed(shell: string, takes = 'true'): string[] {
  const program = `#!/bin/sh\n${takes}\nPATH=\${PATH#*:} exec readlink "$@"\n`;
  writeFileSync(path.join(directory, 'readlink'), program, { mode: 0o755 });
  const env = { PATH: `${directory}:${process.env['PATH'] ?? ''}` };
  // Whoever measures the working directory instead prints it.
  const stdout = execFileSync(shell, ['-c', bootFilesScript, 'boot-files', path.join(directory, 'system')], {
    encoding: 'utf8',
    env,
    cwd: directory,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return stdout.split('\n').filter((line) => line !== '');
}

const line = (kibibytes: number, target: string) => `${String(kibibytes)}\t${path.join(directory, target)}`;

// Debian's sh is dash, NixOS' is bash; a login may have the readlink of busybox.
describe.each([
  ['dash', 'several names', 'true'],
  ['bash', 'several names', 'true'],
  ['dash', 'one name', '[ "$#" = 2 ] || exit 1'],
  ['bash', 'one name', '[ "$#" = 2 ] || exit 1'],
])('what a boot loader copies, in %s, with a readlink that takes %s,', (shell, _names, takes) => {
  test('is kernel, initrd and device trees, where their links lead', () => {
    part('kernel', 'linux/Image', 64);
    part('initrd', 'initrd-linux/initrd', 32);
    symlinkSync('../linux/dtbs', path.join(directory, 'system/dtbs'));
    const lines = printed(shell, takes);
    expect(lines.slice(0, 2)).toEqual([line(64, 'linux/Image'), line(32, 'initrd-linux/initrd')]);
    expect(lines.slice(2)).toEqual([expect.stringMatching(/^\d+\t.*\/linux\/dtbs$/)]);
  });

  test('is less where a system has no device trees, or a link leads nowhere', () => {
    part('initrd', 'initrd-linux/initrd', 32);
    symlinkSync('../gone/Image', path.join(directory, 'system/kernel'));
    expect(printed(shell, takes)).toEqual([line(32, 'initrd-linux/initrd')]);
  });

  test('is nothing where there is no system', () => {
    rmSync(path.join(directory, 'system'), { recursive: true });
    expect(printed(shell, takes)).toEqual([]);
  });
});

test('what a copy of a folder takes is what du says, with what its links lead to', async () => {
  part('kernel', 'linux/Image', 64);
  part('dtbs', 'linux/dtbs/one.dtb', 3);
  mkdirSync(path.join(directory, 'system/more'));
  symlinkSync('../../gone', path.join(directory, 'system/more/nowhere'));
  const folder = path.join(directory, 'system');
  const [, kibibytes] =
    /^(\d+)/.exec(
      execFileSync('sh', ['-c', 'du -skL "$1" 2> /dev/null || true', 'du', folder], { encoding: 'utf8' }),
    ) ?? [];
  expect(await takenBytes(folder)).toBe(Number(kibibytes) * 1024);
  expect(await takenBytes(path.join(directory, 'gone'))).toBe(0);
});
