import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type BuildEvent, messagesIn, parseBuildLog } from '../../../provider/nix/build-log.ts';

// Lines that Nix 2.26.3 printed.
const recorded: readonly [string, string, BuildEvent | undefined][] = [
  ['raw text', 'Connection closed', { kind: 'log', text: 'Connection closed' }],
  ['raw text in colour', '\u001b[31mred\u001b[0m', { kind: 'log', text: 'red' }],
  [
    'a build that starts',
    `@nix {"action":"start","fields":["/nix/store/x.drv","",1,1],"id":180388626437,"level":3,"parent":0,"text":"building '/nix/store/x.drv'","type":105}`,
    {
      kind: 'started',
      id: '180388626437',
      activity: 'build',
      subject: '/nix/store/x.drv',
      text: "building '/nix/store/x.drv'",
    },
  ],
  [
    'a copy that starts',
    `@nix {"action":"start","fields":["/nix/store/x","local","ssh-ng://pi"],"id":1,"level":3,"parent":0,"text":"copying path '/nix/store/x'","type":100}`,
    { kind: 'started', id: '1', activity: 'copy', subject: '/nix/store/x', text: "copying path '/nix/store/x'" },
  ],
  [
    'an activity that nobody waits for',
    '@nix {"action":"start","id":1,"level":6,"parent":0,"text":"querying info about missing paths","type":0}',
    undefined,
  ],
  ['an activity without a text', '@nix {"action":"start","id":1,"level":0,"parent":0,"text":"","type":105}', undefined],
  [
    "a line of a build's log",
    '@nix {"action":"result","fields":["\\u001b[32mok\\u001b[0m 100%"],"id":1,"type":101}',
    { kind: 'log', text: 'ok 100%', id: '1' },
  ],
  [
    'how far it is',
    '@nix {"action":"result","fields":[64,169267312,0,0],"id":1,"type":105}',
    { kind: 'progress', id: '1', done: 64, expected: 169267312 },
  ],
  [
    'how far it is, in another order',
    '@nix {"action":"result","id":1,"type":105,"fields":[64,169267312,0,0]}',
    { kind: 'progress', id: '1', done: 64, expected: 169267312 },
  ],
  [
    'another result with as many numbers',
    '@nix {"action":"result","fields":[64,169267312,0,0],"id":1,"type":107}',
    undefined,
  ],
  [
    'an end, whose id is more than a number holds',
    '@nix {"action":"stop","id":18014398509481985}',
    { kind: 'stopped', id: '18014398509481985' },
  ],
  [
    'how many bytes downloads will be',
    '@nix {"action":"result","fields":[101,169267312],"id":1,"type":106}',
    { kind: 'expected', id: '1', downloadBytes: 169267312 },
  ],
  ['how much else is expected', '@nix {"action":"result","fields":[100,169267312],"id":1,"type":106}', undefined],
  ['less than nothing', '@nix {"action":"result","fields":[-1,2,0,0],"id":1,"type":105}', undefined],
  [
    'a count of builds',
    '@nix {"action":"start","id":3,"level":6,"parent":0,"text":"","type":104}',
    { kind: 'counting', id: '3', counted: 'builds' },
  ],
  [
    'a count of paths',
    '@nix {"action":"start","id":4,"level":6,"parent":0,"text":"","type":103}',
    { kind: 'counting', id: '4', counted: 'fetches' },
  ],
  [
    'a tree that is fetched',
    `@nix {"action":"start","id":5,"level":6,"parent":0,"text":"fetching 'github:NixOS/nixpkgs'","type":112}`,
    { kind: 'started', id: '5', activity: 'fetch', subject: '', text: "fetching 'github:NixOS/nixpkgs'" },
  ],
  [
    'an error',
    '@nix {"action":"msg","column":null,"file":null,"level":0,"line":null,"msg":"\\u001b[31;1merror:\\u001b[0m it failed","raw_msg":"it failed"}',
    { kind: 'message', level: 0, text: 'error: it failed' },
  ],
  ['a line that was cut off', '@nix {"action":"msg","level":0,"ms', undefined],
  ['no object', '@nix 42', undefined],
  ['an action of a later Nix', '@nix {"action":"dance"}', undefined],
];

test.each(recorded)('%s', (_name, line, event) => {
  expect(parseBuildLog(line)).toEqual(event);
});

test('what Nix and the Pi said is told without the rest of the log', () => {
  const log = [
    '@nix {"action":"start","id":1,"level":3,"parent":0,"text":"copying path","type":100}',
    'Connection closed by remote host',
    '@nix {"action":"msg","level":0,"msg":"error: it failed"}',
    '@nix {"action":"msg","level":4,"msg":"talk"}',
    '',
  ].join('\n');
  expect(messagesIn(log)).toBe('Connection closed by remote host\nerror: it failed');
});

describe('any text', () => {
  test('is no error', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `@nix ${text}`),
        ),
        (text) => {
          parseBuildLog(text);
        },
      ),
    );
  });

  test('as JSON behind @nix is no error either', () => {
    const event = fc.record(
      {
        action: fc.oneof(fc.constantFrom('start', 'result', 'msg', 'stop'), fc.anything()),
        type: fc.oneof(fc.constantFrom(100, 101, 105), fc.anything()),
        text: fc.oneof(fc.string(), fc.anything()),
        fields: fc.oneof(fc.array(fc.anything()), fc.anything()),
        level: fc.anything(),
        msg: fc.oneof(fc.string(), fc.anything()),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(event, (value) => {
        parseBuildLog(`@nix ${JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? 1 : part))}`);
      }),
    );
  });
});
