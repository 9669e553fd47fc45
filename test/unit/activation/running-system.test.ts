import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { deploymentProblems } from '../../../provider/activation/deployment-problems.ts';
import { lookFunctions, parseRunningSystem } from '../../../provider/activation/running-system.ts';
import { runningSystem } from './running.ts';

const printed = `currentSystem=/nix/store/new
bootedSystem=/nix/store/old
profile=/nix/store/new
profileLink=system-42-link
kernel=6.12.30-v8
bootedKernel=/nix/store/md1mnxv6sp1913rpvx80mmz99fr6d6ij-linux-rpi-6.12.30-stable/Image
connection=192.0.2.1 50022 192.0.2.7 22
bootId=0c0ffee0-1234-4abc-8def-0123456789ab
machineId=0123456789abcdef0123456789abcdef
boardModel=Raspberry Pi 4 Model B Rev 1.4
firstBootFinished=true
rebootNeeded=true
space:
/dev/mmcblk0p2 7000000 2904000 4096000 42% /nix/store
extlinux:
DEFAULT a
LABEL a
APPEND init=/nix/store/new/init quiet=1
`;

const card = { device: '/dev/mmcblk0p2', mountPoint: '/nix/store', freeBytes: 4_096_000 };

describe('what a Pi says about itself', () => {
  test('is read field by field', () => {
    expect(parseRunningSystem(printed)).toEqual({
      currentSystem: '/nix/store/new',
      bootedSystem: '/nix/store/old',
      profile: '/nix/store/new',
      generation: 42,
      kernel: '6.12.30-v8',
      bootedKernelVersion: '6.12.30-stable',
      address: '192.0.2.7',
      bootId: '0c0ffee0-1234-4abc-8def-0123456789ab',
      machineId: '0123456789abcdef0123456789abcdef',
      boardModel: 'Raspberry Pi 4 Model B Rev 1.4',
      firstBootFinished: true,
      bootInit: '/nix/store/new/init',
      rebootNeeded: true,
      free: { store: card, boot: card },
      deployedStorePaths: [],
      lastDeployment: undefined,
      pendingReboot: undefined,
    });
  });

  test.each<[string, string, string, object]>([
    ['no boot loader menu', printed.slice(printed.indexOf('DEFAULT')), '', { bootInit: '' }],
    // readlink -f prints a path that does not exist as it is.
    ['a kernel of no store path', 'bootedKernel=/nix/store/', 'bootedKernel=/boot/', { bootedKernelVersion: '' }],
    ['a local address of IPv6', '192.0.2.7 22', 'fe80::1%eth0 22', { address: 'fe80::1' }],
    ['no connection that sshd tells', 'connection=192.0.2.1 50022 192.0.2.7 22', 'connection=', { address: '' }],
    ['no profile yet', 'profile=/nix/store/new', 'profile=/nix/var/nix/profiles/system', { profile: '' }],
    ['no generation yet', 'system-42-link', '', { generation: 0 }],
    ['a profile link of another form', 'system-42-link', '/nix/store/new', { generation: 0 }],
    ['no NixOS', 'currentSystem=/nix/store/new', 'currentSystem=', { currentSystem: '' }],
    ['no NixOS, in a /run', 'currentSystem=/nix/store/new', 'currentSystem=/run/current-system', { currentSystem: '' }],
    ['a value with an equals sign', 'kernel=6.12.30-v8', 'kernel=6.12=rc', { kernel: '6.12=rc' }],
    ['free space that is not told', '/dev/mmcblk0p2 7000000 2904000 4096000 42% /nix/store\n', '', { free: undefined }],
    ['a line end of Unicode in a value', 'v8', 'v8\u2028extlinux:\u2028', { bootInit: '/nix/store/new/init' }],
    ['a first boot that goes on', 'firstBootFinished=true', 'firstBootFinished=false', { firstBootFinished: false }],
  ])('%s', (_name, part, instead, expected) => {
    expect(parseRunningSystem(printed.replace(part, instead))).toMatchObject(expected);
  });

  test.each([
    ['nothing', ''],
    ['an output that was cut off', printed.slice(0, 80)],
    ['what another program says', 'Please change your password.\n'],
  ])('%s is no answer', (_name, text) => {
    expect(parseRunningSystem(text)).toBeUndefined();
  });
});

describe('what keeps a Pi from counting as deployed', () => {
  const wanted = '/nix/store/new';
  test.each<[string, Parameters<typeof runningSystem>[0], string[]]>([
    ['nothing', {}, []],
    ['nothing, where the boot loader cannot be read', { bootInit: '' }, []],
    ['it runs another', { currentSystem: '/nix/store/old' }, ['it runs /nix/store/old, not /nix/store/new']],
    ['another profile', { profile: '/nix/store/old' }, ['its system profile is /nix/store/old, not /nix/store/new']],
    ['no profile', { profile: '' }, ['its system profile is nothing, not /nix/store/new']],
    [
      'the boot loader starts another',
      { bootInit: '/nix/store/old/init' },
      ['it would boot /nix/store/old, not /nix/store/new'],
    ],
    ['a reboot that is still to come is no problem', { bootedSystem: '/nix/store/old', rebootNeeded: true }, []],
  ])('%s', (_name, change, problems) => {
    expect(deploymentProblems(runningSystem(change), wanted)).toEqual(problems);
  });

  test('all that is wrong is named', () => {
    const old = { currentSystem: '/o', profile: '/o', bootInit: '/o/init' };
    expect(deploymentProblems(runningSystem(old), wanted)).toHaveLength(3);
  });
});

// Debian's sh is dash, NixOS' is bash.
describe.each(['dash', 'bash'])('what %s tells itself', (shell) => {
  let directory: string;
  beforeEach(() => {
    directory = realpathSync(mkdtempSync(path.join(tmpdir(), 'look-')));
    mkdirSync(path.join(directory, 'system'));
    writeFileSync(path.join(directory, 'Image'), '');
    symlinkSync('system', path.join(directory, 'link'));
    symlinkSync('Image', path.join(directory, 'kernel'));
    symlinkSync('nowhere', path.join(directory, 'broken'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  const tell = (command: string) =>
    execFileSync(shell, ['-s'], { input: `${lookFunctions}\n${command}`, encoding: 'utf8' });

  test.each([
    ['link', 'system'],
    ['kernel', 'Image'],
    ['broken', 'nowhere'],
  ])('is where %s leads', (name, target) => {
    expect(tell(`lead ${directory}/${name}; echo "$path"`)).toBe(`${directory}/${target}\n`);
  });

  test('is nothing for what is in no folder that exists', () => {
    expect(tell(`path=before; lead ${directory}/no/thing; echo "$path"`)).toBe('\n');
  });

  test.each([
    ['one of several', 'a  b \nc\n', 'a  b '],
    ['one without an end', 'a\\b', 'a\\b'],
    // As the device tree holds them.
    ['one that ends with NUL', 'Raspberry Pi 4\0', 'Raspberry Pi 4'],
    ['that of an empty file', '', ''],
  ])('is the first line of a file: %s', (_name, content, line) => {
    writeFileSync(path.join(directory, 'file'), content);
    expect(tell(`line=before; first ${directory}/file; printf '%s' "$line"`)).toBe(line);
  });

  test('is nothing for a file that does not exist', () => {
    expect(tell(`line=before; first ${directory}/none; printf '%s' "$line"`)).toBe('');
  });
});

// Debian's sh is dash, NixOS' is bash.
describe.each(['dash', 'bash'])('whether only a reboot brings what differs, in %s', (shell) => {
  let directory: string;
  beforeEach(() => {
    directory = realpathSync(mkdtempSync(path.join(tmpdir(), 'differ-')));
    for (const part of ['kernel', 'other']) writeFileSync(path.join(directory, part), '');
    linkSync(path.join(directory, 'kernel'), path.join(directory, 'same-by-nix-store-optimise'));
    for (const folder of ['modules', 'modules-of-another']) mkdirSync(path.join(directory, folder));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  const usual = { kernel: 'kernel', initrd: 'other', 'kernel-modules': 'modules' };
  function system(name: string, links: Record<string, string>, parameters: string): string {
    const folder = path.join(directory, name);
    mkdirSync(folder);
    for (const [link, target] of Object.entries(links)) symlinkSync(`../${target}`, path.join(folder, link));
    writeFileSync(path.join(folder, 'kernel-params'), parameters);
    return folder;
  }

  test.each<[string, boolean, Record<string, string>, string]>([
    ['nothing', false, {}, 'quiet'],
    ['a kernel', true, { kernel: 'other' }, 'quiet'],
    ['an initrd', true, { initrd: 'kernel' }, 'quiet'],
    ['an initrd that is gone', true, { initrd: 'nowhere' }, 'quiet'],
    ['kernel modules', true, { 'kernel-modules': 'modules-of-another' }, 'quiet'],
    ['device trees where there were none', true, { dtbs: 'modules' }, 'quiet'],
    ['a copy of the kernel that Nix made one file of', false, { kernel: 'same-by-nix-store-optimise' }, 'quiet'],
    ['kernel parameters', true, {}, 'quiet debug'],
  ])('between systems that differ in %s: %s', (_what, differs, change, parameters) => {
    const [before, after] = [system('before', usual, 'quiet'), system('after', { ...usual, ...change }, parameters)];
    const said = (a: string, b: string) =>
      execFileSync(shell, ['-s'], {
        input: `PATH=/none\n${lookFunctions}\nif differ ${a} ${b}; then echo yes; else echo no; fi`,
        encoding: 'utf8',
      });
    expect([said(before, after), said(after, before)]).toEqual(Array(2).fill(differs ? 'yes\n' : 'no\n'));
  });
});
