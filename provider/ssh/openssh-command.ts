import { hostKeyAlgorithms } from './openssh-config.ts';
import { sshThatAsksNothing } from './proxy.ts';
import { parseHostKey, type SshTargetInputs } from './target.ts';

/**
 * `ssh`, up to the command that it is to run: to the same Pi, with the same pinned key, as our own connections. Like them it follows the
 * user's ssh configuration, which it reads itself when it runs: nothing here depends on whose machine this is, on its agent, or on the
 * Pi's present address.
 *
 * @throws ProvisioningError when `hostKey` is no OpenSSH public key.
 */
export function openSshCommand(inputs: SshTargetInputs): string[] {
  const { host, user, port, identityFile } = inputs;
  return [
    ...sshThatAsksNothing,
    // No terminal, no input, no agent and no screen for the Pi.
    ...['-T', '-n', '-a', '-x'],
    ...pinned(inputs.hostKey),
    ...unattended,
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(identityFile === undefined ? [] : [`-oIdentityFile=${configured(identityFile)}`, '-oIdentitiesOnly=yes']),
    '--',
    host,
  ];
}

/** A file's name as ssh_config(5) has it: quoted, and with no tokens in it. */
function configured(file: string): string {
  return `"${file.replaceAll('%', '%%').replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/** KnownHostsCommand is known to OpenSSH 8.5 and newer. It needs no file, and holds whatever the host is called. */
function pinned(hostKey: string): string[] {
  const { algorithm, base64 } = parseHostKey(hostKey);
  return [
    `-oKnownHostsCommand=/usr/bin/env echo * ${algorithm} ${base64}`,
    `-oHostKeyAlgorithms=${hostKeyAlgorithms(algorithm).join(',')}`,
    '-oUserKnownHostsFile=/dev/null',
    '-oGlobalKnownHostsFile=/dev/null',
    '-oStrictHostKeyChecking=yes',
    // Of a Pi that is reached by a tunnel, as some have it for all of these.
    '-oNoHostAuthenticationForLocalhost=no',
    '-oVerifyHostKeyDNS=no',
    '-oUpdateHostKeys=no',
    // A connection that is there already was made with another known_hosts.
    '-oControlPath=none',
  ];
}

/** Asks nothing, does nothing else (since OpenSSH 8.7) that the configuration has for a person's own logins, and does not wait for ever. */
const unattended = [
  '-oPasswordAuthentication=no',
  '-oClearAllForwardings=yes',
  '-oPermitLocalCommand=no',
  '-oRemoteCommand=none',
  '-oSessionType=default',
  '-oForkAfterAuthentication=no',
  // No banner among what the command prints.
  '-oLogLevel=ERROR',
  '-oConnectTimeout=20',
  '-oConnectionAttempts=4',
  // A dead link is noticed after some 10 s.
  '-oServerAliveInterval=3',
  '-oServerAliveCountMax=3',
];
