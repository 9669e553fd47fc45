import * as pulumi from '@pulumi/pulumi';
import { beforeEach, expect, test } from '@jest/globals';
import { HardwareConfig } from '../../../provider/resources/hardware-config.ts';

beforeEach(async () => {
  await pulumi.runtime.setMocks({
    newResource: ({ name, inputs }) => ({ id: name, state: inputs as object }),
    call: ({ inputs }) => inputs as object,
  });
});

const connection = { host: 'kitchen.local', hostKey: 'ssh-ed25519 AAAA' };

test('a password that a program gives plainly is a secret in the state', async () => {
  const { sudoPassword, connection: where } = new HardwareConfig('hardware', {
    connection,
    path: 'hardware-configuration.nix',
    sudoPassword: 'correct-horse',
  }) as unknown as Record<string, pulumi.Output<unknown>>;
  expect(await pulumi.isSecret(sudoPassword as never)).toBe(true);
  expect(await pulumi.isSecret(where as never)).toBe(false);
});
