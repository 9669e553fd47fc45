import * as pulumi from '@pulumi/pulumi';
import { beforeEach, describe, expect, test } from '@jest/globals';
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
