import ssh2 from 'ssh2';

/** An SSH host identity. The private part is held in memory only as long as it takes to put it on the card. */
export interface HostKey {
  /** `ssh-ed25519 AAAA…`, one line, no comment. */
  readonly publicKey: string;
  /** OpenSSH's own format, without a passphrase, as sshd reads it. */
  readonly privateKey: string;
}

/** A new Ed25519 pair. */
export function generateHostKey(): HostKey {
  const pair = ssh2.utils.generateKeyPairSync('ed25519');
  const [type, key] = pair.public.trim().split(' ');
  return { publicKey: [type, key].join(' '), privateKey: ensureFinalNewline(pair.private) };
}

/** Without its last line break sshd refuses the file ("error in libcrypto"). */
function ensureFinalNewline(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}
