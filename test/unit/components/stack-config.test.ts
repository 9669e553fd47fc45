import * as pulumi from '@pulumi/pulumi';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { cardOrHostKey } from '../../../components/card-config.ts';
import { deploymentOptions } from '../../../components/deployment-config.ts';
import { StackConfig } from '../../../components/stack-config.ts';

function configured(values: Record<string, string>): StackConfig {
  const entries = Object.entries(values).map(([key, value]) => [`nixos-pi:${key}`, value]);
  pulumi.runtime.setAllConfig(Object.fromEntries(entries) as Record<string, string>);
  return new StackConfig();
}

beforeEach(async () => {
  const mocks = { newResource: () => ({ id: '', state: {} }), call: () => ({}) };
  await pulumi.runtime.setMocks(mocks, 'nixos-pi', 'kitchen');
});

describe('config that stands for "not given"', () => {
  test('in the form of the defaults of Pulumi.yaml', () => {
    const config = configured({ host: '', port: '0', checks: '[]', eraseCard: 'false', sudoPassword: '' });
    expect([config.text('host'), config.number('port'), config.list('checks'), config.flag('eraseCard')]).toEqual([
      undefined,
      undefined,
      undefined,
      false,
    ]);
    expect(config.secret('sudoPassword')).toBeUndefined();
  });

  test('because the key is missing', () => {
    const config = configured({});
    expect([config.text('host'), config.number('port'), config.list('checks'), config.flag('eraseCard')]).toEqual([
      undefined,
      undefined,
      undefined,
      false,
    ]);
    expect(config.secret('sudoPassword')).toBeUndefined();
  });
});

test('config that is given has its type', () => {
  const config = configured({ host: 'kitchen', port: '2222', checks: '["a", "b c"]', eraseCard: 'true' });
  expect([config.text('host'), config.number('port'), config.list('checks'), config.flag('eraseCard')]).toEqual([
    'kitchen',
    2222,
    ['a', 'b c'],
    true,
  ]);
  expect(config.required('host')).toBe('kitchen');
});

test.each([
  ['missing', {}],
  ['empty', { cardDevice: '' }],
])('what is required and %s ends the program', (_name, values) => {
  expect(() => configured(values as Record<string, string>).required('cardDevice')).toThrow(/cardDevice/);
});

test('a secret stays one', async () => {
  const secret = configured({ sudoPassword: 'hush' }).secret('sudoPassword');
  expect(await pulumi.isSecret(pulumi.output(secret))).toBe(true);
});

test.each([
  ['goal', 'swich', 'pulumi config set goal switch'],
  ['compress', 'fast', 'pulumi config set compress auto'],
])('a word for %s that it cannot be ends the program with the command that mends it', (key, text, command) => {
  expect(() => deploymentOptions(configured({ [key]: text }))).toThrow(command);
});

describe('the card', () => {
  const cardDevice = '/dev/disk/by-id/usb-Reader-0:0';
  const image = 'hosts/attic/sd-card.nix';
  const given = (values: Record<string, string>) =>
    Object.fromEntries(
      Object.entries(cardOrHostKey(configured({ cardDevice, ...values }), image).card ?? {}).filter(
        ([, value]) => value !== undefined,
      ),
    );
  const revealed = (output: pulumi.Output<unknown>) =>
    new Promise((resolve) => {
      output.apply(resolve);
    });

  test('is its device, where nothing else is given', () => {
    expect(
      given({ eraseCard: '', cardMaximumSizeBytes: '0', cardFiles: '[]', wifiName: '', wifiPassword: '' }),
    ).toEqual({
      device: cardDevice,
    });
  });

  test.each<[Record<string, string>, object]>([
    [{ cardDevice }, { image }],
    [{ cardDevice, image: 'other.nix' }, { image: 'other.nix' }],
    [{ cardDevice, imageFile: 'pi.img' }, { imageFile: 'pi.img' }],
    [
      { cardDevice, imageFile: 'pi.img', imageFileSha256: 'abc' },
      { imageFile: 'pi.img', imageFileSha256: 'abc' },
    ],
    [{ hostKey: 'ssh-ed25519 AAAA' }, { hostKey: 'ssh-ed25519 AAAA' }],
  ])('%j', (values, expected) => {
    const { card, ...others } = cardOrHostKey(configured(values), image);
    expect(others).toEqual(expected);
    expect(card === undefined).toBe(values['cardDevice'] === undefined);
  });

  test.each<[Record<string, string>, RegExp]>([
    [{}, /names neither a card nor a Pi that runs already/],
    [{ cardDevice: '', hostKey: '' }, /names neither/],
    [{ cardDevice, hostKey: 'ssh-ed25519 AAAA' }, /config rm one of them/],
    [{ cardDevice, image: 'other.nix', imageFile: 'pi.img' }, /config rm one of them/],
    [{ cardDevice, imageFileSha256: 'abc' }, /config rm imageFileSha256/],
  ])('%j is not enough, or too much', (values, reason) => {
    expect(() => cardOrHostKey(configured(values), image)).toThrow(reason);
  });

  test('gets a wireless network, of which the password is a secret', async () => {
    const { wifi } = given({ wifiName: 'attic', wifiPassword: 'swordfish' });
    const { ssid, psk } = wifi as { ssid: string; psk: pulumi.Output<string> };
    expect([ssid, await revealed(psk), await pulumi.isSecret(psk)]).toEqual(['attic', 'swordfish', true]);
  });

  test('gets files, which are secret as a whole', async () => {
    const files = [{ path: '/var/lib/token', content: 'swordfish' }];
    const found = given({ cardFiles: JSON.stringify(files) })['files'] as pulumi.Output<unknown>;
    expect([await revealed(found), await pulumi.isSecret(found)]).toEqual([files, true]);
  });

  test('is not made with a network that lacks its password', () => {
    expect(() => given({ wifiName: 'attic' })).toThrow(/wifiPassword/);
  });
});
