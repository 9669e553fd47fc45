import { describe, expect, test } from '@jest/globals';
import { liveTable } from '../../../../commands/fleet/live-table.ts';
import type { Result } from '../../../../commands/fleet/outcome.ts';
import { piLabel, type PiRecord } from '../../../../commands/fleet/pi-record.ts';
import { type Phase, phaseOf } from '../../../../commands/fleet/phases.ts';
import { type Row, Rows } from '../../../../commands/fleet/rows.ts';

describe('the phase in a line of live status', () => {
  test.each<[string, Phase | undefined]>([
    ['evaluating /home/ada/pis/hosts/attic/configuration.nix', 'evaluating'],
    ['2 of 14 built, 30 of 40 fetched, 120 MB of 480 MB; building neovim-0.10.2: CC main.c', 'building'],
    ['building neovim-0.10.2', 'building'],
    ['30 of 40 fetched', 'building'],
    ['copying /nix/store/x-nixos to attic.local', 'copying'],
    ['12 of 40 paths, 34 MB of 120 MB', 'copying'],
    ['1 of 1 path, 34 MB of 120 MB', 'copying'],
    ['looking whether 12 store paths are whole that attic.local has from before', 'copying'],
    ['starting the deployment of /nix/store/x-nixos', 'activating'],
    ['activating the new system', 'activating'],
    ['trying the health checks', 'checking'],
    ['confirming over a new connection', 'confirming'],
    ['making the new system the one that boots', 'confirming'],
    ['going back to the system that ran before', 'going back'],
    ['telling the Pi to go back', 'going back'],
    ['restarting into /nix/store/x-nixos', 'restarting'],
    ['waiting for attic.local, 3 s of 120 s: attic.local cannot be reached.', 'waits for the Pi'],
    [
      'put the card into the Pi, switch it on; waiting for attic.local, 3 s of 900 s: attic.local cannot be reached.',
      'waits for the Pi',
    ],
    ["waiting for attic.local to end this stack's last deployment, of /nix/store/x", 'waits for the Pi'],
    ['waiting for the first boot to finish', 'first boot'],
    ['waiting for the garbage collection', 'cleaning up'],
    ['deleting 2 old generations', 'cleaning up'],
    ['waiting for a card in /dev/disk/by-id/usb-Reader: put it in', 'waits for a card'],
    ['waiting for the card in /dev/disk/by-id/usb-Reader, which is mounted at /media: unmount it', 'waits for a card'],
    ['checking the image: 120 MB of 480 MB (25 %)', 'preparing the image'],
    ['compressing the image with 4 threads: 1 MB of 2 MB (50 %)', 'preparing the image'],
    ['writing /dev/sdb: 812 MB of 2147 MB (37 %), 40 MB/s, 33 s left', 'writing the card'],
    ['reading back /dev/sdb: 812 MB of 2147 MB (37 %)', 'writing the card'],
    ['reading the hardware configuration', 'hardware'],
    ['CC main.o', undefined],
  ])('%s', (status, phase) => {
    expect(phaseOf(status)).toBe(phase);
  });
});

describe('the rows', () => {
  const urn = (name: string) => `urn:pulumi:shelf::nixos-pi::x:NixosDeployment::${name}`;
  const pi = (name: string) => ({ urn: urn(name), name }) as PiRecord;
  const known = (...names: string[]) => {
    const rows = new Rows(['attic', 'shelf'], () => 0);
    rows.know({ stack: 'shelf', config: undefined, pis: names.map(pi), images: [] });
    return rows;
  };
  const phases = (rows: Rows) => rows.all().map(({ stack, pi, phase }) => `${piLabel(stack, pi)} ${phase}`);

  test('keep a phase until the next one is told', () => {
    const rows = known();
    const told = ['evaluating a.nix', '1 of 2 built', 'CC main.o'].map((text) =>
      rows.tell('attic', { kind: 'status', text }),
    );
    expect([told, phases(rows)]).toEqual([
      [true, true, false],
      ['attic building', 'shelf waiting'],
    ]);
    expect(rows.all()[0]?.detail).toBe('CC main.o');
  });

  test('have one for each Pi of a stack that has several', () => {
    const rows = known('east', 'west');
    rows.tell('shelf', { kind: 'status', urn: urn('east'), text: 'copying /nix/store/x to east' });
    rows.tell('shelf', { kind: 'status', text: 'evaluating a.nix' });
    expect(phases(rows)).toEqual(['attic waiting', 'shelf evaluating', 'shelf/east copying']);
    rows.end('shelf', 'failed', 'east went back\nmore');
    expect(phases(rows)).toEqual(['attic waiting', 'shelf failed', 'shelf/east failed']);
    expect(rows.all()[1]?.detail).toBe('east went back');
  });

  test('are those of stacks also in an organization, whose names have a slash', () => {
    const rows = new Rows(['home/attic', 'home/shelf'], () => 0);
    rows.know({ stack: 'home/shelf', config: undefined, pis: ['east', 'west'].map(pi), images: [] });
    rows.tell('home/shelf', { kind: 'status', urn: urn('west'), text: 'copying /nix/store/x to west' });
    rows.end('home/attic', 'unchanged', '');
    expect(phases(rows)).toEqual(['home/attic unchanged', 'home/shelf starting', 'home/shelf/west copying']);
    expect(liveTable(rows.all(), { columns: 80, rows: 24 }, 0)).toContain('1 of 2 ended, 1 running');
  });

  test('have one for a stack with a single Pi', () => {
    const rows = known('east');
    rows.tell('shelf', { kind: 'status', urn: urn('east'), text: 'copying /nix/store/x to east' });
    expect(phases(rows)).toEqual(['attic waiting', 'shelf copying']);
  });
});

describe('the live table', () => {
  const row = (stack: string, phase: Phase | Result, more: Partial<Row> = {}): Row => ({
    ...{ stack, pi: undefined, phase, detail: '', begun: 0, ended: undefined },
    ...more,
  });
  const running = row('kitchen', 'copying', { detail: '12 of 40 paths, 34 MB of 120 MB' });
  const waiting = row('attic', 'waiting', { begun: undefined });
  const done = row('cellar', 'changed', { ended: 61_000 });
  const failed = row('garage', 'failed', { ended: 5000, detail: 'went back' });

  test('tells of each what goes on, and how long', () => {
    expect(liveTable([running, waiting, done, failed], { columns: 80, rows: 24 }, 65_000)).toBe(
      [
        'kitchen  copying  1:05  12 of 40 paths, 34 MB of 120 MB',
        'attic    waiting',
        'cellar   changed  1:01',
        'garage   failed   0:05  went back',
        '2 of 4 ended, 1 failed, 1 running',
      ].join('\n'),
    );
  });

  test.each([
    [80, 5],
    [30, 4],
    [12, 3],
    [4, 2],
    [1, 1],
  ])('is never wider or higher than %i × %i', (columns, rows) => {
    const many = Array.from({ length: 40 }, (_, index) => ({
      ...running,
      stack: `pi-with-a-long-name-${String(index)}`,
    }));
    const lines = liveTable(many, { columns, rows }, 0).split('\n');
    expect(lines.length).toBeLessThanOrEqual(Math.max(1, rows - 1));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
  });

  test('leaves out what is done first, then what waits, then what failed', () => {
    const shown = (rows: number) =>
      liveTable([done, waiting, failed, running], { columns: 80, rows }, 0)
        .split('\n')
        .slice(0, -1)
        .map((line) => line.split(' ')[0]);
    expect([shown(5), shown(4), shown(3)]).toEqual([
      ['attic', 'garage', 'kitchen'],
      ['garage', 'kitchen'],
      ['kitchen'],
    ]);
    expect(liveTable([done, running], { columns: 80, rows: 3 }, 0)).toContain('1 more not shown');
  });

  test('lets no build log move the cursor', () => {
    const wild = { ...running, detail: 'CC\u001B[2Jmain.o\r\tx' };
    const lines = liveTable([wild], { columns: 80, rows: 24 }, 0).split('\n');
    expect(lines.filter((line) => /\p{Cc}/u.test(line))).toEqual([]);
  });
});
