import { describe, expect, test } from '@jest/globals';
import { chooseHostKey, knownHostName } from '../../../provider/ssh/known-host-key.ts';

describe('the name of a host in known_hosts', () => {
  test.each([
    ['its address', 'hostname builder.lan\nport 22\n', 'builder.lan'],
    ['its address and port', 'hostname builder.lan\nport 2222\n', '[builder.lan]:2222'],
    ['its alias', 'hostname 10.0.0.7\nport 22\nhostkeyalias builder\n', 'builder'],
  ])('is %s', (_name, configuration, name) => {
    expect(knownHostName(configuration)).toBe(name);
  });
});

describe('of the keys of a host', () => {
  const lines = [
    '# Host builder found: line 3',
    'builder ssh-rsa AAAAB3NzaC1yc2E= me@builder',
    '|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= ssh-ed25519 AAAAC3NzaC1l',
    'builder ecdsa-sha2-nistp256 AAAAE2VjZHNh',
  ];
  test('the best is taken', () => {
    expect(chooseHostKey(lines.join('\n'))).toBe('ssh-ed25519 AAAAC3NzaC1l');
    expect(chooseHostKey(lines.slice(0, 2).join('\n'))).toBe('ssh-rsa AAAAB3NzaC1yc2E=');
  });

  test('those of authorities and revoked ones are none', () => {
    expect(
      chooseHostKey('@cert-authority *.lan ssh-ed25519 AAAA\n@revoked builder ssh-ed25519 AAAA\n'),
    ).toBeUndefined();
    expect(chooseHostKey('')).toBeUndefined();
  });
});
