import { describe, expect, test } from '@jest/globals';
import { parsePartitionTable } from '../../lab/card/partition-table.ts';
import { defaultEntry } from '../../lab/pi/extlinux.ts';

const entry = (label: string, append: string): string =>
  `LABEL ${label}\n  MENU LABEL NixOS\n  LINUX ../nixos/${label}-Image\n  INITRD ../nixos/${label}-initrd\n  APPEND ${append}\n`;

describe('what a boot loader would start', () => {
  const two =
    entry('nixos-default', 'init=/nix/store/a-new/init console=tty0') +
    entry('nixos-1-default', 'init=/nix/store/b-old/init');

  test.each([
    ['the default, in the middle', `DEFAULT nixos-1-default\n${two}`, '/nix/store/b-old/init'],
    ['the default, first', `# comment\nDEFAULT nixos-default\nTIMEOUT 50\n\n${two}`, '/nix/store/a-new/init'],
    ['the first entry without a default', two, '/nix/store/a-new/init'],
    ['in small letters', `default nixos-1-default\n${two}`, '/nix/store/b-old/init'],
  ])('%s', (_, text, init) => {
    expect(defaultEntry(text, '/boot/extlinux').init).toBe(init);
  });

  test('paths start from the folder of the file', () => {
    const { kernel, initrd } = defaultEntry(two, '/boot/extlinux');
    expect([kernel, initrd]).toEqual(['/boot/nixos/nixos-default-Image', '/boot/nixos/nixos-default-initrd']);
  });

  test.each([
    ['a default that is not there', `DEFAULT gone\n${two}`, 'no entry "gone"'],
    ['an entry without init=', entry('a', 'quiet'), 'no init='],
    ['an entry without a kernel', 'LABEL a\n  APPEND init=/x\n', 'no LINUX'],
    ['an empty file', '', 'no entry'],
  ])('%s does not boot', (_, text, complaint) => {
    expect(() => defaultEntry(text, '/boot/extlinux')).toThrow(complaint);
  });
});

describe('partition tables', () => {
  function sector(entries: readonly (readonly [number, number])[], signature = 0xaa55): Uint8Array {
    const view = new DataView(new ArrayBuffer(512));
    entries.forEach(([start, size], index) => {
      view.setUint32(446 + 16 * index + 8, start, true);
      view.setUint32(446 + 16 * index + 12, size, true);
    });
    view.setUint16(510, signature, true);
    return new Uint8Array(view.buffer);
  }

  test('offsets and sizes are in bytes, also past 2 GiB', () => {
    expect(
      parsePartitionTable(
        sector([
          [16384, 61440],
          [77824, 0x0100_0000],
        ]),
      ),
    ).toEqual([
      { offset: 8 * 1024 ** 2, sizeBytes: 30 * 1024 ** 2 },
      { offset: 38 * 1024 ** 2, sizeBytes: 8 * 1024 ** 3 },
    ]);
  });

  test.each([
    ['without the signature', sector([[16384, 1]], 0)],
    ['of a card that is too short', new Uint8Array(100)],
  ])('none in a sector %s', (_, bytes) => {
    expect(parsePartitionTable(bytes)).toBeUndefined();
  });
});
