import { expect, test } from '@jest/globals';
import { stepsIn } from '../../../bench/deploy/article.ts';
import { describePhases, phasesOf, phasesOfScript } from '../../../bench/deploy/timeline.ts';
import { plainCommand } from '../../../bench/deploy/trace.ts';
import type { TraceEvent } from '../../../bench/deploy/trace.ts';
import { forAnyLoginShell } from '../../../provider/ssh/login-shell.ts';

test('a command is shown as it was before it was made fit for any login shell', () => {
  const plain = ['df', '-P', '/nix'];
  expect(plainCommand(forAnyLoginShell(plain))).toBe('df -P /nix');
  const script = 'echo "$HOME" = é\nexit 1';
  expect(plainCommand(forAnyLoginShell(['sh', '-c', script]))).toBe(`sh -c '${script}'`);
});

test('what only gives a command root is left out of it', () => {
  const mark = '[started 01234567-89ab-cdef-0123-456789abcdef]';
  const elevated = [
    'env',
    'LC_ALL=C',
    'sudo',
    '-n',
    '--',
    '/bin/sh',
    '-c',
    'echo "$0" >&2; exec "$@"',
    mark,
    'id',
    '-u',
  ];
  expect(plainCommand(forAnyLoginShell(elevated))).toBe('as root: id -u');
});

test('the steps of the script, from the lines between what its commands say', () => {
  const stderr = 'step 100.25 nix-build\nthis derivation will be built:\nstep 101.5 nix-copy-closure\nstep 104 end\n';
  expect(phasesOfScript(stepsIn(stderr))).toEqual([
    { name: 'all', from: 0, to: 3.75 },
    { name: 'nix-build', from: 0, to: 1.25 },
    { name: 'nix-copy-closure', from: 1.25, to: 3.75 },
  ]);
});

test('what was seen of a handler becomes phases', () => {
  const event = (kind: TraceEvent['kind'], text: string, from: number, to = from) => ({ kind, text, from, to });
  const events = [
    event('connection', 'connecting as pi', 0, 1),
    event('process', 'nix-instantiate -E …', 0, 2),
    event('command', 'field currentSystem', 1, 3),
    event('process', 'nix-store --realise x', 2, 4),
    event('process', 'nix copy --to y', 4, 5),
    event('command', 'start_unit', 5, 10),
    event('progress', 'activating the new system', 6),
    event('progress', 'setting up /etc...', 7),
    event('progress', 'confirming over a new connection', 8),
    event('connection', 'connecting as pi', 8, 9),
    event('command', ': > confirmed-1', 9, 9.5),
    event('command', 'field currentSystem', 10, 11),
  ];
  const phases = phasesOf({ events, seconds: 12 });
  expect(Object.fromEntries(phases.map(({ name, from, to }) => [name, [from, to]]))).toEqual({
    all: [0, 12],
    connect: [0, 1],
    evaluate: [0, 2],
    probe: [1, 3],
    build: [2, 4],
    copy: [4, 5],
    'start supervisor': [5, 6],
    activate: [6, 8],
    'wait for confirmation': [8, 10],
    confirm: [8, 9.5],
    verify: [10, 11],
  });
  const [line] = describePhases([[{ name: 'copy', from: 4, to: 5 }], [{ name: 'copy', from: 2, to: 5 }]]);
  expect(line).toBe('  copy                     2.00 s, from 3.00 s');
});
