import { describe, expect, test } from '@jest/globals';
import { bootFilesNotIn, parseBootFiles } from '../../../provider/nix/boot-files.ts';
import { parseClosure } from '../../../provider/nix/closure.ts';
import { parseDelta } from '../../../provider/nix/closure-delta.ts';
import { parseDryRun } from '../../../provider/nix/dry-run.ts';
import { endingIn } from '../../../provider/nix/remote-build.ts';
import { requireSystem } from '../../../provider/nix/system-check.ts';

const closure = [
  { path: '/nix/store/a-glibc', narSize: 30_000_000 },
  { path: '/nix/store/b-bash', narSize: 1_500_000 },
  { path: '/nix/store/c-nixos-system', narSize: 4000 },
];

describe('a closure', () => {
  test('is paths and sizes, in the same order', () => {
    const text = `${closure.map(({ path }) => path).join('\n')}\nsizes:\n30000000\n1500000\n4000\n`;
    expect(parseClosure(text)).toEqual(closure);
  });

  test.each([
    ['a size is missing', '/nix/store/a-glibc\n/nix/store/b-bash\nsizes:\n30000000\n'],
    ['a size is none', '/nix/store/a-glibc\nsizes:\nerror\n'],
    ['the sizes are missing', '/nix/store/a-glibc\n'],
  ])('is an error where %s', (_name, text) => {
    expect(() => parseClosure(text)).toThrow('did not tell the size of each path');
  });
});

describe('what a Pi lacks', () => {
  const space = '/dev/mmcblk0p2 1000 400 600 40% /nix/store\n';
  const kernel = { name: 'k-linux-6.12.1', bytes: 60_000_000 };

  test('are the paths that it does not know, and what /boot does not hold', () => {
    const text = `${space}boot:\n/boot/nixos:\nj-linux-6.6.9-Image\nmissing:\n/nix/store/c-nixos-system\n/nix/store/b-bash\nleftover:\n/nix/store/a-glibc\n`;
    const delta = parseDelta(text, closure, [kernel]);
    expect(delta).toMatchObject({
      missing: closure.slice(1),
      leftover: closure.slice(0, 1),
      bytes: 1_504_000,
      bootFiles: [kernel],
    });
    expect(delta.free?.store.freeBytes).toBe(600);
  });

  test('is nothing where it has all', () => {
    const delta = parseDelta(`${space}boot:\nk-linux-6.12.1-Image\nmissing:\nleftover:\n`, closure, [kernel]);
    expect(delta).toMatchObject({ missing: [], leftover: [], bytes: 0, bootFiles: [] });
  });

  test('is told without the room where df tells none', () => {
    expect(parseDelta('boot:\nmissing:\nleftover:\n', closure, []).free).toBeUndefined();
  });
});

test('what a boot loader copies is what lies in the store, in whole blocks', () => {
  const text = '59364\t/nix/store/k-linux-6.12.1/Image\n15020\t/nix/store/i-initrd/initrd\n12\t/run/elsewhere\n';
  const files = parseBootFiles(text);
  expect(files).toEqual([
    { name: 'k-linux-6.12.1', bytes: 59364 * 1024 },
    { name: 'i-initrd', bytes: 15020 * 1024 },
  ]);
  // As systemd-boot names them.
  expect(bootFilesNotIn(['k-linux-6.12.1-bzImage.efi', 'README'], files)).toEqual(files.slice(1));
});

describe('a dry run', () => {
  test('tells what is built, fetched and unknown', () => {
    const text = [
      'warning: something',
      'these 2 derivations will be built:',
      '  /nix/store/a-etc.drv',
      '  /nix/store/b-nixos-system.drv',
      'these 3 paths will be fetched (1.50 MiB download, 6.25 MiB unpacked):',
      '  /nix/store/c-glibc',
      '  /nix/store/d-bash',
      '  /nix/store/e-nano',
      "don't know how to build these paths (may be caused by read-only store access):",
      '  /nix/store/f-lost',
      '',
    ].join('\n');
    expect(parseDryRun(text)).toEqual({
      toBuild: ['/nix/store/a-etc.drv', '/nix/store/b-nixos-system.drv'],
      toFetch: ['/nix/store/c-glibc', '/nix/store/d-bash', '/nix/store/e-nano'],
      unknown: ['/nix/store/f-lost'],
      downloadBytes: 1.5 * 1024 ** 2,
      unpackedBytes: 6.25 * 1024 ** 2,
    });
  });

  test.each([
    ['0.5 KiB download, 480.2 MiB unpacked', 512, Math.round(480.2 * 1024 ** 2)],
    ['1.3 GiB download, 2.0 TiB unpacked', Math.round(1.3 * 1024 ** 3), 2 * 1024 ** 4],
  ])('tells sizes in the unit that fits, as Nix 2.33 does: %s', (sizes, downloadBytes, unpackedBytes) => {
    const text = `these 2 paths will be fetched (${sizes}):\n  /nix/store/a\n  /nix/store/b\n`;
    const toFetch = ['/nix/store/a', '/nix/store/b'];
    expect(parseDryRun(text)).toMatchObject({ toFetch, downloadBytes, unpackedBytes });
  });

  test('tells one of each in the singular', () => {
    const text =
      'this derivation will be built:\n  /nix/store/a.drv\nthis path will be fetched (0.00 MiB download, 0.01 MiB unpacked):\n  /nix/store/b\n';
    expect(parseDryRun(text)).toMatchObject({ toBuild: ['/nix/store/a.drv'], toFetch: ['/nix/store/b'] });
  });

  test('of what is there is nothing', () => {
    expect(parseDryRun('')).toEqual({ toBuild: [], toFetch: [], unknown: [], downloadBytes: 0, unpackedBytes: 0 });
  });
});

describe('the end of a build elsewhere', () => {
  const mark = '[ended 5b1c]';
  test.each([
    ['that is done', 'building\n\n[ended 5b1c] 0\nthe log\n', { code: '0', log: 'the log\n' }],
    ['that was cut off', '\n[ended 5b1c] \nthe log\n', { code: '', log: 'the log\n' }],
    ['that was replaced', '\n[ended 5b1c] replaced\n', { code: 'replaced', log: '' }],
    ['that is not told', 'building\n', { code: '', log: '' }],
  ])('%s', (_name, stdout, ending) => {
    expect(endingIn(stdout, mark)).toEqual(ending);
  });
});

describe('a given path', () => {
  const check = (text: string) => () => {
    requireSystem('/nix/store/a-nixos', 'aarch64-linux', text);
  };
  test('has to be a NixOS system for the Pi', () => {
    expect(check('nixos 26.05\nsystem aarch64-linux\n')).not.toThrow();
    expect(check('nixos 26.05\n')).not.toThrow();
    expect(check('system aarch64-linux\n')).toThrow('/nix/store/a-nixos is no NixOS system');
    expect(check('nixos 26.05\nsystem x86_64-linux\n')).toThrow(
      /is a system for x86_64-linux, and the Pi is aarch64-linux\.[^]*nixpkgs\.hostPlatform = "aarch64-linux"/,
    );
  });
});
