import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { hostKeyAlgorithms, openSshConfig, withOpenSshConfig } from '../../../provider/ssh/openssh-config.ts';
import type { SshTarget } from '../../../provider/ssh/target.ts';

const target: SshTarget = {
  name: 'kitchen',
  hostname: '192.0.2.7',
  port: 2222,
  user: 'pi',
  identityFiles: ['/home/me/.ssh/id_ed25519', '/keys/with space'],
  agentSocket: undefined,
  hostKey: { algorithm: 'ssh-ed25519', base64: 'AAAA' },
};

describe('the configuration for OpenSSH', () => {
  test('leads to the one Pi with the pinned key, and asks nothing', () => {
    expect(openSshConfig(target, '/tmp/x/known_hosts').split('\n')).toEqual([
      'Host pi',
      'HostName 192.0.2.7',
      'Port 2222',
      'User pi',
      'HostKeyAlias pi',
      'UserKnownHostsFile /tmp/x/known_hosts',
      'GlobalKnownHostsFile /dev/null',
      'StrictHostKeyChecking yes',
      'HostKeyAlgorithms ssh-ed25519',
      'PasswordAuthentication no',
      'BatchMode yes',
      'IdentityAgent none',
      'IdentityFile "/home/me/.ssh/id_ed25519"',
      'IdentityFile "/keys/with space"',
      'ConnectTimeout 20',
      'ServerAliveInterval 3',
      'ServerAliveCountMax 3',
      '',
    ]);
  });

  test('uses the agent where there is one', () => {
    expect(openSshConfig({ ...target, agentSocket: '/run/my agent' }, 'k')).toContain(
      'IdentityAgent "/run/my agent"\n',
    );
  });

  test('offers only the named keys where the user says so', () => {
    expect(openSshConfig({ ...target, identitiesOnly: true }, 'k')).toContain('IdentitiesOnly yes\nIdentityFile');
  });

  // ssh_config(5), TOKENS: HostName accepts %%; an address with a zone holds a % of its own.
  test('keeps the zone of an address', () => {
    expect(openSshConfig({ ...target, hostname: 'fe80::1%eth0' }, 'k')).toContain('HostName fe80::1%%eth0\n');
  });

  test('goes the same way to a Pi behind another host', () => {
    const proxied = { ...target, proxyCommand: "nc -x 'a b' fe80::1%eth0 22" };
    expect(openSshConfig(proxied, 'k')).toContain("ProxyCommand nc -x 'a b' fe80::1%%eth0 22\n");
  });

  test('keeps quotes and backslashes in the path of a key', () => {
    const config = openSshConfig({ ...target, identityFiles: ['/a "b" \\c'] }, 'k');
    expect(config).toContain('IdentityFile "/a \\"b\\" \\\\c"\n');
  });

  test.each([
    ['ssh-ed25519', ['ssh-ed25519']],
    ['ecdsa-sha2-nistp256', ['ecdsa-sha2-nistp256']],
    ['ssh-rsa', ['rsa-sha2-512', 'rsa-sha2-256']],
  ])('a pinned %s key is used with %j', (type, algorithms) => {
    expect(hostKeyAlgorithms(type)).toEqual(algorithms);
  });
});

describe('the files of the configuration', () => {
  test('are there while they are used, for nobody else, and are gone afterwards', async () => {
    const file = await withOpenSshConfig(target, (path) => {
      const directory = dirname(path);
      expect(readFileSync(path, 'utf8')).toBe(openSshConfig(target, join(directory, 'known_hosts')));
      expect(readFileSync(join(directory, 'known_hosts'), 'utf8')).toBe('pi ssh-ed25519 AAAA\n');
      expect(statSync(directory).mode & 0o077).toBe(0);
      expect(path).not.toMatch(/\s/);
      return Promise.resolve(path);
    });
    expect(existsSync(dirname(file))).toBe(false);
  });

  test('are gone after a failure too', async () => {
    let used = '';
    const failing = withOpenSshConfig(target, (path) => {
      used = path;
      return Promise.reject(new Error('lost'));
    });
    await expect(failing).rejects.toThrow('lost');
    expect(existsSync(dirname(used))).toBe(false);
  });
});
