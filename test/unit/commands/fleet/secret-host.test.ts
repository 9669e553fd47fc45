import { expect, test } from '@jest/globals';
import { projectConfig, stackConfig } from '../../../../commands/fleet/project-config.ts';
import { isSecretHost, withoutSecretHost } from '../../../../commands/fleet/secret-host.ts';

const project = projectConfig('/home/ada/pis', { name: 'nixos-pi', config: { host: { default: '' } } });

test.each<[string, boolean, unknown]>([
  ['a secret', true, { config: { 'nixos-pi:host': { secure: 'v1:x' } } }],
  ['a name', false, { config: { 'nixos-pi:host': 'attic.local' } }],
  ['not named', false, { config: {} }],
  ['a secret beside an environment', true, { environment: ['pis'], config: { 'nixos-pi:host': { secure: 'v1:x' } } }],
  ['what an environment may name', true, { environment: ['pis'], config: {} }],
  ['a name beside an environment', false, { environment: ['pis'], config: { 'nixos-pi:host': 'attic.local' } }],
])('a host that the config says is %s: it is a secret: %s', (_what, isSecret, file) => {
  expect(isSecretHost(stackConfig(project, file))).toBe(isSecret);
});

test.each([
  [true, 'The name [secret] does not resolve, so [secret] cannot be reached.'],
  [false, 'The name attic.local.example does not resolve, so attic.local cannot be reached.'],
])('what is said of a Pi whose host is a secret: %s', (hasSecretHost, printed) => {
  const said = 'The name attic.local.example does not resolve, so attic.local cannot be reached.';
  expect(withoutSecretHost(said, { hasSecretHost }, ['attic.local', 'attic.local.example'])).toBe(printed);
});
