import { ProvisioningError } from '../errors.ts';
import { shellJoin } from '../process/quote.ts';
import { expandTokens, type Tokens } from './tokens.ts';

/** What `ssh -G` says about the way to a host. */
export interface ProxyConfiguration {
  readonly proxyCommand: string | undefined;
  readonly proxyJump: string | undefined;
  readonly proxyUseFdpass: boolean;
}

/**
 * The command line whose standard input and output lead to a host that is behind another one; undefined where the way is
 * direct. For ProxyJump it is the command that ssh itself makes of it (openssh-portable, ssh.c), which may ask nothing.
 *
 * @throws ProvisioningError for a command that passes a socket, or a token that does not exist.
 */
export function proxyCommandLine(proxy: ProxyConfiguration, tokens: Tokens): string | undefined {
  const { proxyJump, proxyCommand } = proxy;
  if (proxyJump !== undefined) return expandTokens('ProxyJump', jumpCommand(proxyJump), tokens);
  if (proxyCommand === undefined || proxyCommand === 'none') return undefined;
  if (proxy.proxyUseFdpass) {
    throw new ProvisioningError({
      what: `The ProxyCommand of your ssh configuration passes a socket (ProxyUseFdpass), which only ssh itself can take: ${proxyCommand}`,
      remedy: 'Give the host a ProxyCommand that carries the data, or a ProxyJump.',
    });
  }
  return expandTokens('ProxyCommand', proxyCommand, tokens);
}

/** `ssh` without a way to ask: also those that it starts for the hosts in between get a program that answers nothing. */
export const sshThatAsksNothing = [
  'env',
  'SSH_ASKPASS_REQUIRE=force',
  'SSH_ASKPASS=false',
  'ssh',
  '-o',
  'BatchMode=yes',
];

function jumpCommand(proxyJump: string): string {
  const hops = proxyJump.split(',');
  const last = hops.pop() ?? '';
  const { user, host, port } = parseHop(last);
  const options = [
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', port]),
    ...(hops.length === 0 ? [] : ['-J', hops.join(',')]),
  ];
  // A question would wait for ever: nobody sees it.
  return shellJoin([...sshThatAsksNothing, ...options, '-W', '[%h]:%p', '--', host]);
}

/** One hop of ProxyJump: `[user@]host[:port]`, with brackets around an address, or as `ssh://` URI. */
function parseHop(hop: string) {
  const match = /^(?:ssh:\/\/)?(?:(.+)@)?(?:\[(.+)\]|([^[\]:@]+))(?::(\d+))?$/.exec(hop);
  const host = match?.[2] ?? match?.[3];
  if (match === null || host === undefined) {
    throw new ProvisioningError({
      what: `ProxyJump of your ssh configuration names no host: ${JSON.stringify(hop)}.`,
      remedy: 'Write [user@]host[:port], as ssh_config(5) has it.',
    });
  }
  return { user: match[1], host, port: match[4] };
}
