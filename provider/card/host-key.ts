import ssh2 from 'ssh2';
import { ProvisioningError } from '../errors.ts';

/** An SSH host identity. The private part is held in memory only as long as it takes to put it on the card. */
export interface HostKey {
  /** `ssh-ed25519 AAAA…`, one line, no comment. */
  readonly publicKey: string;
  /** OpenSSH's own format, without a passphrase, as sshd reads it. */
  readonly privateKey: string;
}

/** A new Ed25519 pair. */
export function generateHostKey(): HostKey {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519');
    // One of 256 lacks a zero byte, and sshd would not start with it: https://github.com/mscdex/ssh2/issues/1390
    const isWhole = [pair.private, pair.public].every((key) => !(ssh2.utils.parseKey(key) instanceof Error));
    if (isWhole) return { publicKey: withoutComment(pair.public), privateKey: ensureFinalNewline(pair.private) };
  }
}

/**
 * The pair of a private key that somebody keeps.
 *
 * @throws ProvisioningError when it is no Ed25519 key in OpenSSH's format, or has a passphrase. Never with the key.
 */
export function hostKeyOf(privateKey: string): HostKey {
  const parsed = ssh2.utils.parseKey(privateKey.trim());
  const key = parsed instanceof Error ? undefined : [parsed].flat()[0];
  if (key?.isPrivateKey() !== true || key.type !== 'ssh-ed25519')
    throw new ProvisioningError({
      what: 'The given SSH host key is no private Ed25519 key without a passphrase, in OpenSSH format.',
      remedy: "Make one with `ssh-keygen -t ed25519 -N '' -f FILE` and give the content of FILE.",
    });
  const publicKey = `${key.type} ${key.getPublicSSH().toString('base64')}`;
  return { publicKey, privateKey: ensureFinalNewline(privateKey.trim()) };
}

function withoutComment(line: string): string {
  return line.trim().split(' ').slice(0, 2).join(' ');
}

/** Without its last line break sshd refuses the file ("error in libcrypto"). */
function ensureFinalNewline(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}
