import { describe, expect, test } from '@jest/globals';
import { openSshCommand } from '../../../provider/ssh/openssh-command.ts';

const hostKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f';

describe('the command line for OpenSSH', () => {
  test('names the host as the person did, and pins its key', () => {
    const command = openSshCommand({ host: 'kitchen.local', hostKey: `${hostKey} root@kitchen "; reboot` });
    expect(command.slice(0, 4)).toEqual(['env', 'SSH_ASKPASS_REQUIRE=force', 'SSH_ASKPASS=false', 'ssh']);
    expect(command.slice(-2)).toEqual(['--', 'kitchen.local']);
    expect(command).toContain(`-oKnownHostsCommand=/usr/bin/env echo * ${hostKey}`);
    expect(command).toContain('-oStrictHostKeyChecking=yes');
    expect(command.join(' ')).not.toContain('reboot');
  });

  test('leaves login, port and keys to the ssh configuration, unless they are given', () => {
    const command = openSshCommand({ host: 'pi', hostKey }).join(' ');
    expect(command).not.toMatch(/ -[lpi] |Identit/);
    const given = openSshCommand({ host: 'pi', hostKey, user: 'ada', port: 2222, identityFile: '~/.ssh/100%' });
    expect(given.join(' ')).toContain(' -l ada -p 2222 -oIdentityFile="~/.ssh/100%%" -oIdentitiesOnly=yes -- pi');
  });

  test('uses an RSA key with SHA-2, which is all that sshd offers', () => {
    expect(openSshCommand({ host: 'pi', hostKey: 'ssh-rsa AAAAB3NzaC1yc2E=' })).toContain(
      '-oHostKeyAlgorithms=rsa-sha2-512,rsa-sha2-256',
    );
  });

  test('refuses what is no host key', () => {
    expect(() => openSshCommand({ host: 'pi', hostKey: 'kitchen ssh-ed25519' })).toThrow(/is no OpenSSH public key/);
  });

  test('is the same whatever agent and home this process has', () => {
    const before = openSshCommand({ host: 'pi', hostKey });
    const environment = process.env;
    process.env = { ...environment, SSH_AUTH_SOCK: '/tmp/ssh-another/agent', HOME: '/home/another' };
    try {
      expect(openSshCommand({ host: 'pi', hostKey })).toEqual(before);
    } finally {
      process.env = environment;
    }
  });
});
