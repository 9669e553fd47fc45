import { expect, test } from '@jest/globals';
import { lookAtPi, whySilent } from '../../../../commands/fleet/look.ts';

// Port 1 of this machine: nothing listens there.
const connection = { host: '127.0.0.1', port: 1, hostKey: `ssh-ed25519 ${'A'.repeat(68)}` };

test.each([
  [false, '127.0.0.1 cannot be reached: nothing listens on its port 1.'],
  [true, '[secret] cannot be reached: nothing listens on its port 1.'],
])(
  'a Pi that does not answer is named in the reason, unless its host is a secret: %s',
  async (hasSecretHost, reason) => {
    expect(await whySilent({ connection, hasSecretHost }, 1)).toBe(reason);
    expect(await lookAtPi({ connection, hasSecretHost })).toEqual({ kind: 'offline', reason });
  },
  20_000,
);
