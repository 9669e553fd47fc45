import { homedir } from 'node:os';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { leadsElsewhere, parseHostKey, readSshConfiguration, sshTargetSchema } from '../../../provider/ssh/target.ts';

const base64 = 'AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f';
const hostKey = `ssh-ed25519 ${base64}`;

// What OpenSSH 9.2 prints for `ssh -G`, without the lines that are about other things.
const defaults = `host kitchen.local
user pi
hostname kitchen.local
port 22
identitiesonly no
hostkeyalgorithms ssh-ed25519,rsa-sha2-512
identityfile ~/.ssh/id_rsa
identityfile ~/.ssh/id_ed25519
userknownhostsfile /root/.ssh/known_hosts /root/.ssh/known_hosts2
`;
const alias = `host kitchen
user someone
hostname 192.0.2.7
port 2222
identitiesonly no
identityagent /run/user/1000/agent.sock
identityfile ~/.ssh/kitchen
identityfile /keys/with space
`;

describe('what ssh -G prints', () => {
  test('for a host that no configuration names', () => {
    expect(readSshConfiguration({ host: 'kitchen.local', hostKey }, defaults)).toEqual({
      name: 'kitchen.local',
      hostname: 'kitchen.local',
      port: 22,
      user: 'pi',
      identityFiles: [`${homedir()}/.ssh/id_rsa`, `${homedir()}/.ssh/id_ed25519`],
      agentSocket: process.env['SSH_AUTH_SOCK'],
      hostKey: { algorithm: 'ssh-ed25519', base64 },
    });
  });

  test('for an alias', () => {
    expect(readSshConfiguration({ host: 'kitchen', hostKey }, alias)).toMatchObject({
      name: 'kitchen',
      hostname: '192.0.2.7',
      port: 2222,
      user: 'someone',
      identityFiles: [`${homedir()}/.ssh/kitchen`, '/keys/with space'],
      agentSocket: '/run/user/1000/agent.sock',
    });
  });

  test('with a key file of its own the agent is asked for that key only', () => {
    const text = alias.replace('identitiesonly no', 'identitiesonly yes');
    const target = readSshConfiguration({ host: 'kitchen', hostKey, identityFile: '~/k' }, text);
    expect(target).toMatchObject({ agentSocket: '/run/user/1000/agent.sock', identitiesOnly: true });
  });

  test('with tokens and variables in the names of keys', () => {
    process.env['NIXOS_PI_TEST_KEYS'] = '/keys';
    const text = alias.replace(/identityfile.*\n/g, '') + 'identityfile ${NIXOS_PI_TEST_KEYS}/%r@%h:%p-%n-100%%\n';
    const target = readSshConfiguration({ host: 'kitchen', hostKey }, text);
    delete process.env['NIXOS_PI_TEST_KEYS'];
    expect(target.identityFiles).toEqual(['/keys/someone@192.0.2.7:2222-kitchen-100%']);
  });

  test('with a key file of its own, whose name is taken as it is', () => {
    const text = alias.replace(/identityfile.*\n/g, '') + 'identityfile /keys/50%h\n';
    const target = readSshConfiguration({ host: 'kitchen', hostKey, identityFile: '/keys/50%h' }, text);
    expect(target.identityFiles).toEqual(['/keys/50%h']);
  });

  test('for a host behind another one', () => {
    const target = readSshConfiguration({ host: 'kitchen', hostKey }, `${alias}proxyjump me@bastion\n`);
    expect(target.proxyCommand).toMatch(/ssh -o BatchMode=yes -l me -W '\[192\.0\.2\.7\]:2222' -- bastion$/);
  });

  describe('about the agent', () => {
    const before = process.env['SSH_AUTH_SOCK'];
    beforeEach(() => {
      process.env['SSH_AUTH_SOCK'] = '/tmp/session.sock';
    });
    afterEach(() => {
      if (before === undefined) delete process.env['SSH_AUTH_SOCK'];
      else process.env['SSH_AUTH_SOCK'] = before;
    });

    test.each([
      ['nothing', '', '/tmp/session.sock'],
      ["the session's", 'identityagent SSH_AUTH_SOCK', '/tmp/session.sock'],
      ['none', 'identityagent none', undefined],
      ['one that an unset variable names', 'identityagent $NIXOS_PI_TEST_NONE', undefined],
      ['one that a variable names', 'identityagent $SSH_AUTH_SOCK', '/tmp/session.sock'],
      ['one below the home directory', 'identityagent ~/a.sock', `${homedir()}/a.sock`],
    ])('%s', (_name, line, socket) => {
      expect(readSshConfiguration({ host: 'kitchen.local', hostKey }, `${defaults}${line}\n`).agentSocket).toBe(socket);
    });

    test('an empty variable is none', () => {
      process.env['SSH_AUTH_SOCK'] = '';
      expect(readSshConfiguration({ host: 'kitchen.local', hostKey }, defaults).agentSocket).toBeUndefined();
    });
  });
});

describe('the schema of a connection', () => {
  const accepts = (change: object) => sshTargetSchema.safeParse({ host: 'kitchen.local', hostKey, ...change }).success;

  test.each([
    'kitchen',
    'kitchen.local',
    'kitchen-2.example.org',
    'my_pi',
    '192.0.2.7',
    '2001:db8::7',
    '::1',
    'fe80::1%eth0',
    '::ffff:192.0.2.7',
    'a'.repeat(254),
  ])('accepts the host %s', (host) => {
    expect(accepts({ host })).toBe(true);
  });

  test.each([
    '',
    ' ',
    'kitchen;reboot',
    '$(reboot)',
    '`reboot`',
    'a b',
    'kitchen\n',
    'kitchen\nProxyCommand reboot',
    '-oProxyCommand=reboot',
    '-G',
    'kitchen.local.',
    '.local',
    'pi@kitchen',
    'ssh://kitchen',
    'kitchen/../x',
    'kitchen|x',
    'kitchen&',
    'kitchen>x',
    "kitchen'",
    'kitchen"',
    'kitchen\\',
    'kitchen:22',
    'kitchen\0',
    'küche.local',
    '𝓀itchen',
    'kitchen\u202e',
    '%h',
    'fe80::1%eth0;x',
    '[::1]',
    'a'.repeat(255),
  ])('refuses the host %j', (host) => {
    expect(accepts({ host })).toBe(false);
  });

  test.each(['pi', 'root', '_nix', 'a-b', 'Pi', 'machine$'])('accepts the user %s', (user) => {
    expect(accepts({ user })).toBe(true);
  });

  test.each(['', '-l', 'a b', 'pi;x', '$(x)', 'pi\n', 'pi@x', 'ü', '1pi', 'a'.repeat(40)])(
    'refuses the user %j',
    (user) => {
      expect(accepts({ user })).toBe(false);
    },
  );

  test.each([hostKey, `${hostKey} root@kitchen`, `ssh-rsa ${base64}=`, `ecdsa-sha2-nistp256 ${base64}==`])(
    'accepts the host key %s',
    (key) => {
      expect(accepts({ hostKey: key })).toBe(true);
    },
  );

  test.each([
    '',
    'SHA256:abcdef',
    base64,
    `ssh-dss ${base64}`,
    `ssh-ed25519`,
    `ssh-ed25519 ${base64}\nssh-rsa AAAA`,
    `ssh-ed25519 ${base64};x`,
    `kitchen ${hostKey}`,
    ` ${hostKey}`,
  ])('refuses the host key %j', (key) => {
    expect(accepts({ hostKey: key })).toBe(false);
  });

  test.each([[0], [65536], [-1], [22.5], ['22']])('refuses the port %j', (port) => {
    expect(accepts({ port })).toBe(false);
  });

  test('says what is wrong with each', () => {
    const result = sshTargetSchema.safeParse({ host: 'a;b', user: '$x', hostKey: 'x', typo: 1 });
    expect(result.error?.issues.map(({ path, message }) => [path.join('.'), message])).toEqual([
      ['host', '"a;b" is no host name or address'],
      ['user', '"$x" is no user name'],
      ['hostKey', expect.stringContaining('ssh_host_ed25519_key.pub')],
      ['', expect.stringContaining('typo')],
    ]);
  });
});

describe('a host key', () => {
  test('is taken apart, with or without a comment', () => {
    expect(parseHostKey(`${hostKey} root@kitchen\n`)).toEqual({ algorithm: 'ssh-ed25519', base64 });
  });

  test('that is none is named', () => {
    expect(() => parseHostKey('nonsense')).toThrow('"nonsense" is no OpenSSH public key.');
  });
});

describe('a target leads elsewhere', () => {
  const target = readSshConfiguration({ host: 'kitchen', hostKey }, alias);
  test.each([
    ['at another address', { hostname: '192.0.2.8' }, true],
    ['at another port', { port: 22 }, true],
    ['over another host', { proxyCommand: 'ssh -W kitchen:22 door' }, true],
    ['with another login', { user: 'pi' }, true],
    ['with another key of the login', { identityFiles: ['/keys/other'] }, true],
    ['with another host key', { hostKey: { algorithm: 'ssh-rsa', base64 } }, true],
    ['not under another name', { name: '192.0.2.7' }, false],
  ])('%s', (_name, change, expected) => {
    expect(leadsElsewhere(target, { ...target, ...change })).toBe(expected);
  });
});
