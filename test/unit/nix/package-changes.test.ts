import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { comparePackages, packageName, replacedVersions } from '../../../provider/nix/compare-packages.ts';
import { describePackageChanges } from '../../../provider/nix/describe-package-changes.ts';

const hashes = new Map<string, string>();
/** A store path; the same text gives the same path. `2:neovim-0.11.5` is another build of it. */
const path = (text: string): string => {
  const hash = hashes.get(text) ?? String(hashes.size).padStart(32, '0');
  hashes.set(text, hash);
  return `/nix/store/${hash}-${text.replace(/^\d+:/, '')}`;
};
const sized = (sizes: Record<string, number>) =>
  Object.entries(sizes).map(([text, narSize]) => ({ path: path(text), narSize }));
const named = (...texts: string[]) => texts.map((text) => ({ path: path(text) }));

describe('the package of a store path', () => {
  test.each<[string, string, string]>([
    ['neovim-0.11.5', 'neovim', '0.11.5'],
    ['neovim-0.11.5-man', 'neovim', '0.11.5'],
    ['linux-6.12.30-modules', 'linux', '6.12.30'],
    ['perl5.40.0-URI-5.21', 'perl5.40.0-URI', '5.21'],
    ['openssh-10.2p1', 'openssh', '10.2p1'],
    ['libfoo-0-unstable-2026-01-02', 'libfoo', '0-unstable-2026-01-02'],
    ['less-668', 'less', '668'],
    ['nixos-system-kitchen-26.05.1234.abcdef', 'NixOS', '26.05.1234.abcdef'],
    ['unit-sshd.service', 'unit-sshd.service', ''],
    ['unit-getty-1.service', 'unit-getty-1.service', ''],
    ['etc-60-nixos.conf', 'etc-60-nixos.conf', ''],
    ['system-path', 'system-path', ''],
    ['neovim-0.11.5.tar.gz', 'neovim-0.11.5.tar.gz', ''],
    ['__proto__-1.0', '__proto__', '1.0'],
    ['-1.0', '', '1.0'],
  ])('%s', (text, name, version) => {
    expect(packageName(path(text))).toEqual({ name, version });
  });

  test.each(['/nix/store/short-x-1', '/etc/passwd', '', `${path('x-1')}/bin`, `${path('x-1')}\n`])(
    '%p has none',
    (text) => {
      expect(packageName(text)).toBeUndefined();
    },
  );
});

describe('two systems', () => {
  test('that are the same have no changes', () => {
    const system = sized({ 'neovim-0.11.5': 5, etc: 1 });
    expect(comparePackages(system, system, [])).toEqual({ changes: [], rebuilt: 0, unversioned: 0, sizeDeltaBytes: 0 });
  });

  test('differ in versions, in what is added and removed, with sizes', () => {
    const before = sized({
      'neovim-0.11.5': 50e6,
      'neovim-0.11.5-man': 1e6,
      'vim-9.1': 30e6,
      'bash-5.3': 2e6,
      etc: 10,
    });
    const after = sized({ 'neovim-0.11.6': 52e6, 'htop-3.4.1': 400e3, '2:bash-5.3': 2e6, '2:etc': 12 });
    expect(comparePackages(before, after, [path('htop-3.4.1')])).toEqual({
      changes: [
        { name: 'htop', before: [], after: ['3.4.1'], sizeDeltaBytes: 400e3 },
        { name: 'vim', before: ['9.1'], after: [], sizeDeltaBytes: -30e6 },
        { name: 'neovim', before: ['0.11.5'], after: ['0.11.6'], sizeDeltaBytes: 1e6 },
      ],
      rebuilt: 1,
      unversioned: 1,
      sizeDeltaBytes: -29_599_998 + 1e6,
    });
  });

  test('of which both have one of two versions differ in the others', () => {
    const before = named('openssl-3.4.1', 'openssl-3.5.0');
    const after = named('openssl-3.5.0', 'openssl-3.10.2', 'openssl-3.9.0');
    expect(comparePackages(before, after, []).changes).toEqual([
      { name: 'openssl', before: ['3.4.1'], after: ['3.9.0', '3.10.2'] },
    ]);
  });

  test('name NixOS, the kernel and what the configuration chose before the rest', () => {
    const before = sized({
      'perl5-URI-1.0': 1e9,
      'linux-6.12.1': 1,
      'nixos-system-a-26.05': 1,
      'vim-9.0': 1,
      'big-1': 5,
    });
    const after = sized({
      'perl5-URI-1.1': 2e9,
      'linux-6.12.2': 1,
      'nixos-system-a-26.11': 1,
      'vim-9.1': 1,
      'big-2': 5,
    });
    const { changes } = comparePackages(before, after, [path('vim-9.1')]);
    expect(changes.map(({ name }) => name)).toEqual(['linux', 'NixOS', 'vim', 'perl5-URI', 'big']);
  });

  test('of which one is known by its derivations only differ in the versions that are replaced', () => {
    const contents = named('neovim-0.11.5', 'bash-5.2', 'vim-9.1', 'etc');
    const derivations = named('neovim-0.11.6', 'bash-5.2', 'bash-5.3', 'gcc-15.1', '2:etc');
    expect(replacedVersions(contents, derivations, [])).toEqual({
      changes: [{ name: 'neovim', before: ['0.11.5'], after: ['0.11.6'] }],
      rebuilt: 0,
      unversioned: 0,
    });
  });

  test('may have any names', () => {
    const name = fc.string({ unit: fc.constantFrom(...'aZ09+-._?=$`{}\n\u001b/ '.split('')), maxLength: 30 });
    const system = fc.array(fc.record({ path: name.map((text) => path(text)), narSize: fc.nat() }), { maxLength: 20 });
    fc.assert(
      fc.property(system, system, (before, after) => {
        const forward = comparePackages(before, after, []);
        const back = comparePackages(after, before, []);
        const turned = new Map(back.changes.map((change) => [change.name, change]));
        for (const change of forward.changes) {
          expect(turned.get(change.name)).toMatchObject({ before: change.after, after: change.before });
          expect(change.before.filter((version) => change.after.includes(version))).toEqual([]);
        }
        const lines = describePackageChanges({ ...forward, approximate: false }, 5);
        expect(lines.length).toBeLessThanOrEqual(7);
        expect(lines.join('')).not.toMatch(/\p{Cc}/u);
      }),
    );
  });
});

describe('the changes in words', () => {
  const changes = [
    { name: 'neovim', before: ['0.11.5'], after: ['0.11.6'], sizeDeltaBytes: 1.2e6 },
    { name: 'htop', before: [], after: ['3.4.1'], sizeDeltaBytes: 400e3 },
    { name: 'vim', before: ['9.1'], after: [], sizeDeltaBytes: -30e6 },
    { name: 'openssl', before: ['3.4', '3.5'], after: ['3.6'] },
  ];

  test('name what fits, and count what does not', () => {
    const all = { approximate: false, changes, rebuilt: 40, unversioned: 1, sizeDeltaBytes: -28.4e6 };
    expect(describePackageChanges(all)).toEqual([
      'neovim 0.11.5 → 0.11.6 (+1.2 MB)',
      'htop 3.4.1 added (+400 kB)',
      'vim 9.1 removed (-30 MB)',
      'openssl 3.4, 3.5 → 3.6',
      '40 packages rebuilt with the same version; 1 unit, file or script',
      '-28 MB in all',
    ]);
    expect(describePackageChanges({ ...all, rebuilt: 0, unversioned: 12 }, 1)).toEqual([
      'neovim 0.11.5 → 0.11.6 (+1.2 MB)',
      'and 3 more packages; 12 units, files and scripts',
      '-28 MB in all',
    ]);
    expect(describePackageChanges(all, 0)[0]).toMatch(/^4 more packages; /);
  });

  test('say that they are approximate', () => {
    const some = { approximate: true, changes: changes.slice(3), rebuilt: 0, unversioned: 0 };
    expect(describePackageChanges(some)).toEqual([
      'openssl 3.4, 3.5 → 3.6',
      'approximate, since it is not built yet: tools of the build may be among them',
    ]);
  });

  test('are none where nothing differs', () => {
    const none = { approximate: true, changes: [], rebuilt: 0, unversioned: 0, sizeDeltaBytes: 0 };
    expect(describePackageChanges(none)).toEqual([]);
  });
});
