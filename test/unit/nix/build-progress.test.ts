import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { failedDerivation } from '../../../provider/nix/build.ts';
import { type BuildEvent, parseBuildLog } from '../../../provider/nix/build-log.ts';
import { BuildProgress } from '../../../provider/nix/build-progress.ts';

const MB = 1e6;

/** What is told, each line once, of a log that Nix wrote. */
function toldOf(name: string): { told: string[]; progress: BuildProgress } {
  const progress = new BuildProgress();
  const told: string[] = [];
  for (const line of readFileSync(new URL(`../../fixtures/${name}`, import.meta.url), 'utf8')
    .trim()
    .split('\n')) {
    const event = parseBuildLog(line);
    if (event === undefined || (event.kind === 'message' && event.level > 0)) continue;
    progress.note(event);
    const now = progress.describe();
    if (now !== told.at(-1)) told.push(now);
  }
  return { told, progress };
}

describe('how far a build is', () => {
  test('is told of a log that Nix 2.26.3 wrote', () => {
    const { told, progress } = toldOf('nix-2.26-build.log');
    expect(told).toEqual([
      '',
      '0 of 1 built',
      '0 of 2 built',
      '0 of 3 built',
      '0 of 3 built; building first-1.0',
      '0 of 3 built; building first-1.0: compiling first',
      '1 of 3 built; building first-1.0: compiling first',
      '1 of 3 built',
      '1 of 3 built; building second-2.0',
      '1 of 3 built; building second-2.0: compiling second',
      '1 of 3 built; building second-2.0: more',
      '2 of 3 built; building second-2.0: more',
      '2 of 3 built',
      '2 of 3 built; building whole',
      '2 of 3 built; building whole: putting together',
      '3 of 3 built; building whole: putting together',
      '3 of 3 built',
    ]);
    expect(progress.tail()).toBe('compiling first\ncompiling second\nmore\nputting together');
    expect(progress.logOf('/nix/store/zywyfrmbwkfmqd0vsn1ww1kaw5mhxshj-second-2.0.drv')).toBe('compiling second\nmore');
    expect(progress.logOf('/nix/store/unknown.drv')).toBeUndefined();
  });

  const builds: BuildEvent = { kind: 'counting', id: '1', counted: 'builds' };
  const fetches: BuildEvent = { kind: 'counting', id: '2', counted: 'fetches' };
  const counts = (id: string, done: number, expected: number): BuildEvent => ({ kind: 'progress', id, done, expected });
  const start = (id: string, activity: 'build' | 'substitute' | 'download', subject: string): BuildEvent => ({
    kind: 'started',
    id,
    activity,
    subject,
    text: `${activity} '${subject}'`,
  });
  const hash = 'md1mnxv6sp1913rpvx80mmz99fr6d6ij';

  test.each<[string, BuildEvent[], string]>([
    ['nothing yet', [], ''],
    [
      'a download',
      [
        builds,
        fetches,
        counts('1', 2, 14),
        counts('2', 30, 40),
        { kind: 'expected', id: '0', downloadBytes: 480 * MB },
        start('5', 'substitute', `/nix/store/${hash}-neovim-0.10.2`),
        start('6', 'download', 'https://cache.nixos.org/nar/x'),
        counts('6', 120 * MB, 200 * MB),
      ],
      '2 of 14 built, 30 of 40 fetched, 120 MB of 480 MB; fetching neovim-0.10.2',
    ],
    [
      'several downloads, of which one is finished',
      [
        start('6', 'download', 'https://a/x'),
        counts('6', 100 * MB, 100 * MB),
        { kind: 'stopped', id: '6' },
        start('7', 'download', 'https://a/y'),
        counts('7', 20 * MB, 50 * MB),
      ],
      "120 MB of 150 MB; download 'https://a/y'",
    ],
    [
      'two builds, of which the one that spoke is told',
      [
        start('5', 'build', `/nix/store/${hash}-linux-6.12.drv`),
        start('6', 'build', `/nix/store/${hash}-zfs-2.3.drv`),
        { kind: 'log', id: '5', text: 'CC main.o' },
      ],
      'building linux-6.12: CC main.o',
    ],
    [
      'what still runs, when another ended',
      [
        start('5', 'build', `/nix/store/${hash}-linux-6.12.drv`),
        start('6', 'build', `/nix/store/${hash}-zfs-2.3.drv`),
        { kind: 'stopped', id: '6' },
      ],
      'building linux-6.12',
    ],
    ['text that is no structured log', [{ kind: 'log', text: 'waiting for a lock' }], 'waiting for a lock'],
    ['more than was expected', [builds, counts('1', 5, 3)], '5 of 5 built'],
  ])('%s', (_name, events, described) => {
    const progress = new BuildProgress();
    for (const event of events) progress.note(event);
    expect(progress.describe()).toBe(described);
  });

  test('keeps no more than the end of a long log', () => {
    const progress = new BuildProgress();
    progress.note(start('5', 'build', '/nix/store/x.drv'));
    for (let line = 1; line <= 1000; line += 1) progress.note({ kind: 'log', id: '5', text: `line ${String(line)}` });
    expect(progress.logOf('/nix/store/x.drv')?.split('\n')).toHaveLength(25);
    expect(progress.tail()).toMatch(/^line 976\n[^]*line 1000$/);
  });

  test('is told of any events in any order', () => {
    const id = fc.constantFrom('1', '2', '3');
    const number = fc.nat();
    const event: fc.Arbitrary<BuildEvent> = fc.oneof(
      fc.record({
        kind: fc.constant('started' as const),
        id,
        activity: fc.constantFrom('copy' as const, 'download' as const, 'build' as const, 'substitute' as const),
        subject: fc.string(),
        text: fc.string(),
      }),
      fc.record({ kind: fc.constant('progress' as const), id, done: number, expected: number }),
      fc.record({ kind: fc.constant('stopped' as const), id }),
      fc.record({ kind: fc.constant('counting' as const), id, counted: fc.constantFrom('builds', 'fetches') }),
      fc.record({ kind: fc.constant('expected' as const), id, downloadBytes: number }),
      fc.record({ kind: fc.constant('log' as const), id, text: fc.string() }),
    );
    fc.assert(
      fc.property(fc.array(event), (events) => {
        const progress = new BuildProgress();
        for (const each of events) progress.note(each);
        expect(progress.describe()).not.toContain('undefined');
      }),
    );
  });
});

describe('which build failed', () => {
  test('is found in a log that Nix 2.26.3 wrote', () => {
    const { progress } = toldOf('nix-2.26-failed-build.log');
    const broken = '/nix/store/3afn9rg3vndyfibrckfl6a294ff0hkv8-broken-1.drv';
    expect(failedDerivation(progress.tail())).toBe(broken);
    expect(progress.logOf(broken)).toBe('trying');
  });

  test.each<[string, string, string | undefined]>([
    [
      'Nix up to 2.28',
      "error: builder for '/nix/store/x-broken-1.drv' failed with exit code 3\nerror: 1 dependencies of derivation '/nix/store/y-needs.drv' failed to build",
      '/nix/store/x-broken-1.drv',
    ],
    [
      'Nix since 2.29',
      "error: Cannot build '/nix/store/y-needs.drv'.\n       Reason: 1 dependency failed.\nerror: Cannot build '/nix/store/x-broken-1.drv'.\n       Reason: builder failed with exit code 3.",
      '/nix/store/x-broken-1.drv',
    ],
    ['something else', 'error: path is not valid', undefined],
  ])('%s', (_name, said, drvPath) => {
    expect(failedDerivation(said)).toBe(drvPath);
  });
});
