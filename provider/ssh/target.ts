import { homedir } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { ProvisioningError } from '../errors.ts';
import { run } from '../process/run.ts';
import { proxyCommandLine } from './proxy.ts';
import { connectionTokens, expandEnvironment, expandTokens, type Tokens } from './tokens.ts';

/** How a person names a Pi. What is left out comes from the user's ssh configuration. */
export interface SshTargetInputs {
  /** Host name, address, or an alias of ~/.ssh/config. */
  readonly host: string;
  readonly user?: string | undefined;
  readonly port?: number | undefined;
  /** File of the private key; default: the keys and the agent that ssh would use. */
  readonly identityFile?: string | undefined;
  /** The Pi's public host key, `ssh-ed25519 AAAA…`. No other is accepted. */
  readonly hostKey: string;
}

/** A Pi's address and how to log in there, as `ssh -G` resolves it. */
export interface SshTarget {
  /** As the person wrote it: for messages. */
  readonly name: string;
  readonly hostname: string;
  readonly port: number;
  readonly user: string;
  /** Existing or not: ssh lists its defaults whether they are there or not. */
  readonly identityFiles: readonly string[];
  /** Socket of the agent; undefined when none is to be used. */
  readonly agentSocket: string | undefined;
  /** Of the agent's keys only those that the identity files name are offered; default: all of them. */
  readonly identitiesOnly?: boolean;
  readonly hostKey: HostKey;
  /** Command line whose standard input and output lead to the Pi, for one behind another host; default: it is reached directly. */
  readonly proxyCommand?: string | undefined;
}

export interface HostKey {
  /** For example `ssh-ed25519`. */
  readonly algorithm: string;
  /** The key as base64. */
  readonly base64: string;
}

// Letters, digits, dots, dashes and underscores, or an IPv6 address: nothing that a shell, ssh or a URL reads otherwise.
const hostPattern =
  /^(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}[A-Za-z0-9_])?|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*(?:%[A-Za-z0-9]+)?)$/;
const userPattern = /^[a-z_][a-z0-9_-]{0,31}\$?$/i;
const hostKeyPattern = /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)) ([A-Za-z0-9+/]+={0,3})(?: .*)?$/;

/** The schema of a connection, for the resources that take one. */
export const sshTargetSchema = z.strictObject({
  host: z
    .string()
    .regex(hostPattern, { error: (issue) => `${JSON.stringify(issue.input)} is no host name or address` }),
  user: z
    .string()
    .regex(userPattern, { error: (issue) => `${JSON.stringify(issue.input)} is no user name` })
    .optional(),
  port: z.int().min(1).max(65535).optional(),
  identityFile: z.string().min(1).optional(),
  hostKey: z.string().regex(hostKeyPattern, {
    error:
      'is no OpenSSH public key; it looks like `ssh-ed25519 AAAA…` (on the Pi: cat /etc/ssh/ssh_host_ed25519_key.pub)',
  }),
});

/**
 * @throws ProvisioningError when `ssh` is missing or does not accept the configuration.
 */
export async function resolveSshTarget(inputs: SshTargetInputs): Promise<SshTarget> {
  return readSshConfiguration(inputs, await sshConfiguration(inputs));
}

/**
 * Whether one target is reached in another way than the other one: at another address, over another host, with another login, or by
 * another host key. What it is called does not count: an alias and the address that it stands for are the same.
 */
export function leadsElsewhere(one: SshTarget, other: SshTarget): boolean {
  return !isDeepStrictEqual({ ...one, name: '' }, { ...other, name: '' });
}

/** What `ssh -G` prints: the user's configuration for a host, a keyword and its values in each line. */
export async function sshConfiguration(inputs: Omit<SshTargetInputs, 'hostKey'>): Promise<string> {
  const { host, user, port, identityFile } = inputs;
  const args = [
    '-G',
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(identityFile === undefined ? [] : ['-i', expandHome(identityFile), '-o', 'IdentitiesOnly=yes']),
    '--',
    host,
  ];
  return (await run('ssh', args, { timeoutSeconds: 10 })).stdout;
}

/** The target in what `ssh -G` printed. */
export function readSshConfiguration(inputs: SshTargetInputs, text: string): SshTarget {
  const values = (keyword: string) => valuesOf(text, keyword);
  const address = {
    name: inputs.host,
    hostname: values('hostname')[0] ?? inputs.host,
    port: Number(values('port')[0] ?? 22),
    user: values('user')[0] ?? '',
  };
  const tokens = connectionTokens({ ...address, hostKeyAlias: values('hostkeyalias')[0] });
  const proxyCommand = proxyCommandLine(
    {
      proxyCommand: values('proxycommand')[0],
      proxyJump: values('proxyjump')[0],
      proxyUseFdpass: values('proxyusefdpass').includes('yes'),
    },
    tokens,
  );
  const own = inputs.identityFile === undefined ? undefined : expandHome(inputs.identityFile);
  return {
    ...address,
    identityFiles: values('identityfile').map((file) => (file === own ? file : identityFile(file, tokens))),
    agentSocket: agentSocket(values('identityagent')[0]),
    ...(values('identitiesonly').includes('yes') ? { identitiesOnly: true } : {}),
    hostKey: parseHostKey(inputs.hostKey),
    ...(proxyCommand === undefined ? {} : { proxyCommand }),
  };
}

/** @throws ProvisioningError when the text is no OpenSSH public key. */
export function parseHostKey(text: string): HostKey {
  const [, algorithm, base64] = hostKeyPattern.exec(text.trim()) ?? [];
  if (algorithm === undefined || base64 === undefined) {
    throw new ProvisioningError({
      what: `${JSON.stringify(text)} is no OpenSSH public key.`,
      remedy: "Give the Pi's host key as `ssh-keyscan -t ed25519 HOST` prints it behind the name: `ssh-ed25519 AAAA…`.",
    });
  }
  return { algorithm, base64 };
}

/** A path with a leading `~` as the user's home directory. */
export function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? homedir() + path.slice(1) : path;
}

// `ssh -G` resolves what HostName and IdentityAgent hold, but leaves IdentityFile as it was written.
function identityFile(file: string, tokens: Tokens): string {
  return expandHome(expandTokens('IdentityFile', expandEnvironment('IdentityFile', file), tokens));
}

function agentSocket(identityAgent = 'SSH_AUTH_SOCK'): string | undefined {
  if (identityAgent === 'none') return undefined;
  const variable = identityAgent === 'SSH_AUTH_SOCK' ? identityAgent : /^\$(\w+)$/.exec(identityAgent)?.[1];
  const socket = variable === undefined ? expandHome(identityAgent) : process.env[variable];
  return socket === '' ? undefined : socket;
}

/** The values of a keyword in what `ssh -G` printed. */
export function valuesOf(text: string, keyword: string): string[] {
  const prefix = `${keyword} `;
  return text
    .split('\n')
    .filter((line) => line.startsWith(prefix))
    .map((line) => line.slice(prefix.length).trim());
}
