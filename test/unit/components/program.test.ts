import * as pulumi from '@pulumi/pulumi';
import { beforeEach, describe, expect, jest, test } from '@jest/globals';

const hostKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f';
const storePath = '/nix/store/md1mnxv6sp1913rpvx80mmz99fr6d6ij-nixos-system-kitchen-26.05';

beforeEach(async () => {
  jest.resetModules();
  const mocks: pulumi.runtime.Mocks = {
    newResource: ({ name, inputs }) => ({ id: name, state: inputs as object }),
    call: () => ({}),
  };
  await pulumi.runtime.setMocks(mocks, 'nixos-pi', 'kitchen');
});

/** What the program exports with such a config. */
async function outputs(config: Record<string, string>): Promise<Record<string, unknown>> {
  const entries = Object.entries({ hostKey, storePath, ...config }).map(([key, value]) => [`nixos-pi:${key}`, value]);
  pulumi.runtime.setAllConfig(Object.fromEntries(entries) as Record<string, string>);
  const { default: exported } = (await import('../../../index.ts')) as { default: Record<string, unknown> };
  return exported;
}

// The SDK warns in each run of an output that is undefined.
describe('the outputs of a stack are those that there are', () => {
  test('with a hardware configuration from the Pi', async () => {
    const found = await outputs({});
    expect(Object.keys(found)).toContain('boardModel');
    expect(Object.values(found)).not.toContain(undefined);
  });

  test('with one of its owner', async () => {
    const found = await outputs({ ownHardwareConfig: 'true' });
    expect(Object.keys(found)).toContain('storePath');
    expect(Object.entries(found).filter(([, value]) => value === undefined)).toEqual([]);
    expect(Object.keys(found)).not.toContain('boardModel');
  });
});
