import { diagnose } from '../diagnosis/diagnose.ts';
import type { Problem, ProvisioningError } from '../errors.ts';
import { HostKeyError, LoginRefusedError, UnreachableError } from './errors.ts';
import type { SshTarget } from './target.ts';

/** What is known of an attempt to connect that failed. */
export interface FailedAttempt {
  readonly error: unknown;
  /** The host key that was offered, as base64; undefined where it did not come so far. */
  readonly presentedKey: string | undefined;
  /** What the command on the way said, for a host behind another one. */
  readonly proxySaid: string;
}

/** The error of a failed attempt: another machine, a login that is refused, or a Pi that cannot be reached. */
export function connectError(target: SshTarget, attempt: FailedAttempt): ProvisioningError {
  const text = textOf(attempt.error);
  const address = addressOf(target);
  if (attempt.presentedKey !== undefined && attempt.presentedKey !== target.hostKey.base64) {
    return new HostKeyError(anotherMachine(target, attempt.presentedKey));
  }
  if (/no matching host key/i.test(text)) {
    return new HostKeyError({
      what: `${target.name} has no ${target.hostKey.algorithm} host key, so it is not the machine that is recorded.`,
      tried: address,
      original: text,
      remedy: whoIsIt,
    });
  }
  if (/authentication methods failed|too many authentication failures/i.test(text)) return refusedLogin(target, text);
  const original = [text, attempt.proxySaid].filter((part) => part !== '').join('\n');
  const known = attempt.proxySaid === '' ? undefined : diagnose(attempt.proxySaid);
  const problem = unreachable(target, text);
  return new UnreachableError({
    ...problem,
    tried: address,
    original,
    remedy: [known, problem.remedy].filter(Boolean).join(' '),
  });
}

const whoIsIt =
  'Was the card flashed by someone else, or the address given to another machine? Nothing was sent to it.';

function anotherMachine(target: SshTarget, presentedKey: string): Problem {
  return {
    what: `Another machine answers at ${target.name}: its host key is not the one that is recorded for this Pi.`,
    tried: addressOf(target),
    original: `recorded: ${target.hostKey.algorithm} ${target.hostKey.base64}\noffered:  ${presentedKey}`,
    remedy: whoIsIt,
  };
}

function refusedLogin(target: SshTarget, original: string): LoginRefusedError {
  return new LoginRefusedError({
    what: `${target.name} does not let ${target.user} in with any key of this machine.`,
    tried: `${addressOf(target)} with ${target.identityFiles.join(', ')}${target.agentSocket === undefined ? '' : ' and the ssh agent'}`,
    original,
    remedy:
      diagnose(original) ??
      'Put the public key into users.users.<name>.openssh.authorizedKeys.keys, or name the key with `identityFile`. A key with a passphrase has to be in the ssh agent.',
  });
}

function unreachable({ name, hostname, port, proxyCommand }: SshTarget, text: string) {
  if (proxyCommand !== undefined) {
    return {
      what: `${name} cannot be reached through the way that your ssh configuration names.`,
      remedy: `Try \`ssh ${name}\`: the host on the way has to answer without a question (its key known, its login by key or agent).`,
    };
  }
  if (/ENOTFOUND|EAI_AGAIN|EAI_NONAME/.test(text)) {
    return {
      what: `The name ${hostname} does not resolve, so ${name} cannot be reached.`,
      remedy: `Try \`getent hosts ${hostname}\`. A name that ends in .local needs mDNS on this machine and on the Pi (services.avahi); an address does without.`,
    };
  }
  if (text.includes('ECONNREFUSED')) {
    return {
      what: `${name} cannot be reached: nothing listens on its port ${String(port)}.`,
      remedy:
        'Check that the Pi is on, has its card and has started; then `port`, and services.openssh in its configuration.',
    };
  }
  if (/Timed out|ETIMEDOUT/.test(text)) {
    return {
      what: `${name} cannot be reached: it did not answer in time.`,
      remedy: 'Check that the Pi is on, has its card and is in the network; if it is busy or slow, allow it more time.',
    };
  }
  if (/Connection lost before handshake|ECONNRESET/.test(text)) {
    return {
      what: `${name} cannot be reached: its SSH server hung up before it began.`,
      remedy:
        'It is starting, overloaded, or shuts this machine out for a while after refused logins. Wait a minute; if it stays: `journalctl -u sshd` there (MaxStartups, PerSourcePenalties, fail2ban).',
    };
  }
  return {
    what: `${name} cannot be reached.`,
    remedy: 'Check that the Pi is on, has its card and is in the network, then run the command again.',
  };
}

function addressOf({ user, hostname, port, proxyCommand }: SshTarget): string {
  const address = `${user}@${hostname}:${String(port)}`;
  return proxyCommand === undefined ? address : `${address} through ${proxyCommand}`;
}

/** Of an attempt at several addresses, what each of them said; Node's own message is empty then. */
function textOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(textOf).join('\n');
  return error instanceof Error ? error.message : String(error);
}
