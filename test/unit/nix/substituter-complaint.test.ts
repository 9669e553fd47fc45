import { expect, test } from '@jest/globals';
import { parseBuildLog } from '../../../provider/nix/build-log.ts';
import { substituterComplaint } from '../../../provider/nix/substituter-complaint.ts';

// As Nix 2.26 prints them.
const warning = '\\u001b[35;1mwarning:\\u001b[0m';
const unsigned = `${warning} ignoring substitute for '/nix/store/4a37ym3ybhcycx6bxc30bhzlznqakbki-x' from 'http://nas.local', as it's not signed by any of the keys in 'trusted-public-keys'`;
const disabled = `${warning} disabling binary cache 'http://nas.local' for 60 seconds`;
const notAnswering = `${warning} unable to \\u001b[35;1mdownload\\u001b[0m '\\u001b[35;1mhttp://nas.local/nix-cache-info\\u001b[0m': Could not connect to server`;
const failed = `${warning} build of \\u001b[35;1m'/nix/store/4a37ym3ybhcycx6bxc30bhzlznqakbki-x'\\u001b[0m failed`;

const unreachable = 'attic cannot download from http://nas.local; what it lacks is sent from here.';

test.each([
  [
    'a signature of nobody whom the Pi trusts',
    unsigned,
    'attic takes nothing from http://nas.local that is not signed by one of its own `trusted-public-keys`; it is sent from here.',
  ],
  ['a cache that went away', disabled, unreachable],
  ['a cache that was never there', notAnswering, unreachable],
  ['one that is still tried', `${notAnswering}; retrying in 293 ms`, undefined],
  ['something else', failed, undefined],
])('%s', (_what, said, expected) => {
  const event = parseBuildLog(`@nix {"action":"msg","level":0,"msg":"${said}"}`);
  if (event?.kind !== 'message') throw new Error('it is no message');
  expect(substituterComplaint('attic', event.text)).toBe(expected);
});
