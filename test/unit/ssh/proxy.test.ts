import { describe, expect, test } from '@jest/globals';
import { proxyCommandLine } from '../../../provider/ssh/proxy.ts';
import { connectionTokens } from '../../../provider/ssh/tokens.ts';

const tokens = connectionTokens({ name: 'attic', hostname: 'fe80::7%eth0', port: 2222, user: 'pi' });
const none = { proxyCommand: undefined, proxyJump: undefined, proxyUseFdpass: false };
const quiet = 'env SSH_ASKPASS_REQUIRE=force SSH_ASKPASS=false ssh -o BatchMode=yes';

test('no way is named: it is direct', () => {
  expect(proxyCommandLine(none, tokens)).toBeUndefined();
  expect(proxyCommandLine({ ...none, proxyCommand: 'none' }, tokens)).toBeUndefined();
});

describe('ProxyJump', () => {
  const jump = (proxyJump: string) => proxyCommandLine({ ...none, proxyJump }, tokens);

  test.each([
    ['bastion', '', 'bastion'],
    ['me@bastion', '-l me ', 'bastion'],
    ['bastion:2200', '-p 2200 ', 'bastion'],
    ['me@[192.0.2.1]:2200', '-l me -p 2200 ', '192.0.2.1'],
    ['[2001:db8::1]', '', '2001:db8::1'],
    ['ssh://me@bastion:2200', '-l me -p 2200 ', 'bastion'],
    ['first,me@second:1,bastion', '-J first,me@second:1 ', 'bastion'],
    ['corp\\me@bastion', "-l 'corp\\me' ", 'bastion'],
  ])('%s', (proxyJump, options, host) => {
    expect(jump(proxyJump)).toBe(`${quiet} ${options}-W '[fe80::7%eth0]:2222' -- ${host}`);
  });

  test.each(['', 'me@', 'a b:c:d', 'bastion:port'])('that names no host: %j', (proxyJump) => {
    expect(() => jump(proxyJump)).toThrow(/names no host/);
  });
});

describe('ProxyCommand', () => {
  const command = (proxyCommand: string, proxyUseFdpass = false) =>
    proxyCommandLine({ ...none, proxyCommand, proxyUseFdpass }, tokens);

  test('has its tokens expanded, and nothing else changed', () => {
    expect(command(`nc -x "a b" %h %p %r %n 100%% 'q' $HOME`)).toBe(
      `nc -x "a b" fe80::7%eth0 2222 pi attic 100% 'q' $HOME`,
    );
  });

  test.each([
    ['nc %z', '"%z"'],
    ['nc %', '"%"'],
  ])('with a token that does not exist is named: %s', (text, quoted) => {
    expect(() => command(text)).toThrow(`ProxyCommand of your ssh configuration holds ${quoted}, which is no token`);
  });

  test('that passes a socket says that it cannot be used', () => {
    expect(() => command('nc -F %h %p', true)).toThrow(/ProxyUseFdpass[^]*ProxyJump/);
  });
});
