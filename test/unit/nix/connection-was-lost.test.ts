import { expect, test } from '@jest/globals';
import { connectionWasLost } from '../../../provider/nix/connection-was-lost.ts';

const refused =
  "error: cannot open connection to remote store 'ssh-ng://pi': error: failed to start SSH connection to 'pi'";

test.each([
  ['ssh that lost it', 'client_loop: send disconnect: Broken pipe\nerror: unexpected end-of-file', false, true],
  ['ssh that cannot connect', 'ssh: connect to host 10.0.0.9 port 22: No route to host', false, true],
  ['a stream that ended, in Lix', 'error: unexpected end-of-file', true, true],
  ['a stream that never began', 'error: unexpected end-of-file', false, false],
  ['a store that cannot be reached any more, in Lix', refused, true, true],
  ['a store that could never be reached', refused, false, false],
  ['a full card', 'error: writing to file: No space left on device\nerror: unexpected end-of-file', true, false],
  ['something else', "error: path '/nix/store/x' is not valid", true, false],
])('%s', (_name, said, hasBegun, lost) => {
  expect(connectionWasLost(said, hasBegun)).toBe(lost);
});
