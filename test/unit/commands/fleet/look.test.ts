import { expect, test } from '@jest/globals';
import { desiredPath, lookAtPi, whySilent } from '../../../../commands/fleet/look.ts';
import { projectConfig, stackConfig } from '../../../../commands/fleet/project-config.ts';

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

test("what a Pi is to run is read in the config that is known already, not once more in the stack's file", async () => {
  const project = projectConfig('/nowhere', { name: 'nixos-pi', config: { storePath: { default: '' } } });
  const storePath = `/nix/store/${'a'.repeat(32)}-nixos-system-attic`;
  const record = { name: 'attic', configuration: {}, storePath: '' };
  const config = stackConfig(project, { config: { 'nixos-pi:storePath': storePath } });
  expect(await desiredPath('attic', record, config, project)).toBe(storePath);
  expect(await desiredPath('attic', record, undefined, project)).toBeUndefined();
});
