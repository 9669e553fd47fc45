import type { Diagnosis } from './diagnosis.ts';

/** What OpenSSH says, when Nix starts it or a host on the way is reached by it. */
export const sshDiagnoses: readonly Diagnosis[] = [
  {
    pattern: /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED|No \S+ host key is known for/,
    cause:
      'Another machine answers at this address, the card was flashed anew elsewhere, or the host on the way is not known yet.',
    remedy: 'Check before you change `hostKey`. For a host on the way (ProxyJump): log in there once with `ssh`.',
  },
  {
    pattern: /no matching host key type found/,
    cause: 'The machine has no host key of the recorded kind.',
    remedy: 'Look at /etc/ssh/*.pub there, and give the resource the key that it has (`hostKey`).',
  },
  {
    pattern: /no matching (?:key exchange method|cipher|MAC) found/,
    cause: 'The two ends have no way to encrypt in common.',
    remedy: 'Look at `services.openssh.settings` (KexAlgorithms, Ciphers, Macs) of the other side.',
  },
  {
    pattern: /Too many authentication failures/,
    cause: 'The ssh agent offered too many wrong keys before the right one.',
    remedy: 'Name the key with `identityFile`; only that one is offered then.',
  },
  {
    pattern: /UNPROTECTED PRIVATE KEY FILE|bad permissions/,
    cause: 'Others may read the private key, so ssh does not use it.',
    remedy: '`chmod 600` the key file.',
  },
  {
    pattern: /Bad owner or permissions on \S*ssh/,
    cause:
      "ssh does not read your configuration, because others may write to it (or it is a link into Nix' store of another owner).",
    remedy: '`chmod 600 ~/.ssh/config`, with you as the owner.',
  },
  {
    pattern: /Bad configuration option/,
    cause: 'Your ssh configuration holds a keyword that this version of ssh does not know.',
    remedy: 'Correct the line that is named, or put `IgnoreUnknown KEYWORD` above it.',
  },
  {
    pattern: /Permission denied \((?:publickey|[a-z,-]*publickey)/,
    cause: 'The machine lets nobody in with the keys that were offered.',
    remedy:
      'Put the public key into users.users.NAME.openssh.authorizedKeys.keys there, or name the key with `identityFile`. A key with a passphrase has to be in the ssh agent.',
  },
  {
    pattern: /System is booting up|Unprivileged users are not permitted to log in yet|pam_nologin/,
    cause: 'The machine is still starting, or is about to shut down, and lets only root in.',
    remedy: 'Wait a moment, then run it again.',
  },
  {
    pattern: /kex_exchange_identification|ssh_exchange_identification|Not allowed at this time/,
    cause: 'The SSH server closed the connection before it began: it is starting, overloaded, or blocks this address.',
    remedy: 'Wait a moment. If it stays: `journalctl -u sshd` there (MaxStartups, PerSourcePenalties, fail2ban).',
  },
  {
    pattern: /administratively prohibited|stdio forwarding failed/,
    cause: 'The host on the way may not, or cannot, pass connections on to the Pi.',
    remedy: 'There: `services.openssh.settings.AllowTcpForwarding`. And the Pi has to be reachable from it.',
  },
  {
    pattern:
      /client_loop: send disconnect|Broken pipe|Connection reset by|Connection closed by|failed to start SSH connection/,
    cause: 'The connection broke.',
    remedy: 'Check that the Pi is on and in reach, then run it again; what was copied is not copied twice.',
  },
];
