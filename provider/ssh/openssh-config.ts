import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SshTarget } from './target.ts';

/** The host alias under which the file names the Pi. */
export const alias = 'pi';

/**
 * An OpenSSH configuration that leads to the same Pi with the same pinned key as our own connections; for `nix copy`,
 * which starts `ssh` itself. The user's own configuration was read by `ssh -G` already.
 *
 * @param use gets the path of the configuration file, which is removed afterwards.
 */
export async function withOpenSshConfig<T>(target: SshTarget, use: (file: string) => Promise<T>): Promise<T> {
  // NIX_SSHOPTS is split at white space, so the path must have none.
  const directory = await mkdtemp(join(/\s/.test(tmpdir()) ? '/tmp' : tmpdir(), 'nixos-pi-ssh-'));
  try {
    const file = join(directory, 'config');
    const knownHosts = join(directory, 'known_hosts');
    await writeFile(knownHosts, `${alias} ${target.hostKey.algorithm} ${target.hostKey.base64}\n`);
    await writeFile(file, openSshConfig(target, knownHosts));
    return await use(file);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** ssh_config(5) for one host, whose key is pinned. */
export function openSshConfig(target: SshTarget, knownHosts: string): string {
  return [
    `Host ${alias}`,
    // An address' zone holds a %, which would begin a token here.
    `HostName ${target.hostname.replaceAll('%', '%%')}`,
    ...(target.proxyCommand === undefined ? [] : [`ProxyCommand ${target.proxyCommand.replaceAll('%', '%%')}`]),
    `Port ${String(target.port)}`,
    `User ${target.user}`,
    `HostKeyAlias ${alias}`,
    `UserKnownHostsFile ${knownHosts}`,
    'GlobalKnownHostsFile /dev/null',
    'StrictHostKeyChecking yes',
    `HostKeyAlgorithms ${hostKeyAlgorithms(target.hostKey.algorithm).join(',')}`,
    'PasswordAuthentication no',
    'BatchMode yes',
    `IdentityAgent ${target.agentSocket === undefined ? 'none' : quoted(target.agentSocket)}`,
    ...(target.identitiesOnly === true ? ['IdentitiesOnly yes'] : []),
    ...target.identityFiles.map((file) => `IdentityFile ${quoted(file)}`),
    'ConnectTimeout 20',
    // A dead link is noticed after some 10 s.
    'ServerAliveInterval 3',
    'ServerAliveCountMax 3',
    '',
  ].join('\n');
}

function quoted(path: string): string {
  return `"${path.replaceAll(/["\\]/g, '\\$&')}"`;
}

/** The signature algorithms that a pinned key may be used with; an RSA key is never used with SHA-1. */
export function hostKeyAlgorithms(keyType: string): string[] {
  return keyType === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [keyType];
}
