import { ProvisioningError } from '../errors.ts';
import { CommandError, run } from '../process/run.ts';
import {
  expandHome,
  resolveSshTarget,
  sshConfiguration,
  type SshTarget,
  type SshTargetInputs,
  valuesOf,
} from './target.ts';

/** A machine that the user's own ssh knows already; its key is only given to pin another one than known_hosts has. */
export type KnownHostInputs = Omit<SshTargetInputs, 'hostKey'> & { readonly hostKey?: string | undefined };

/**
 * Like `resolveSshTarget`, for a machine whose host key is in the user's known_hosts. That key is then the only one accepted.
 *
 * @throws ProvisioningError when it is in no known_hosts of the user's ssh configuration.
 */
export async function resolveKnownHost(inputs: KnownHostInputs): Promise<SshTarget> {
  const hostKey = inputs.hostKey ?? (await knownHostKey(inputs));
  return resolveSshTarget({ ...inputs, hostKey });
}

async function knownHostKey(inputs: KnownHostInputs): Promise<string> {
  const configuration = await sshConfiguration(inputs);
  const name = knownHostName(configuration);
  const files = ['userknownhostsfile', 'globalknownhostsfile']
    .flatMap((keyword) => valuesOf(configuration, keyword))
    .flatMap((line) => line.split(' '))
    .map(expandHome);
  const found = await Promise.all(files.map((file) => keysOf(name, file)));
  const key = chooseHostKey(found.join('\n'));
  if (key !== undefined) return key;
  throw new ProvisioningError({
    what: `The host key of ${inputs.host} is not known on this machine, so nothing is sent there.`,
    tried: `${name} in ${files.join(', ')}`,
    remedy: `Log in once with \`ssh ${inputs.host}\` and compare the fingerprint, or give its \`hostKey\` (\`--host-key\` of \`npm run pi -- adopt\`).`,
  });
}

/** The name under which ssh looks for a host in known_hosts: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT". */
export function knownHostName(configuration: string): string {
  const [alias] = valuesOf(configuration, 'hostkeyalias');
  const [hostname = ''] = valuesOf(configuration, 'hostname');
  const [port = '22'] = valuesOf(configuration, 'port');
  return port === '22' ? (alias ?? hostname) : `[${alias ?? hostname}]:${port}`;
}

const preferred = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', 'ssh-rsa'];

/** The best key in lines of known_hosts; those of authorities and revoked ones have a marker, and are none. */
export function chooseHostKey(lines: string): string | undefined {
  const keys = lines.split('\n').flatMap((line) => {
    const [, algorithm = '', base64 = ''] = line.split(' ');
    return /^[#@]/.test(line) || !preferred.includes(algorithm) ? [] : [{ algorithm, base64 }];
  });
  const [best] = keys.sort((a, b) => preferred.indexOf(a.algorithm) - preferred.indexOf(b.algorithm));
  return best === undefined ? undefined : `${best.algorithm} ${best.base64}`;
}

async function keysOf(name: string, file: string): Promise<string> {
  try {
    return (await run('ssh-keygen', ['-F', name, '-f', file], { timeoutSeconds: 10 })).stdout;
  } catch (error) {
    // It ends with 1 when there is none, and with 255 when there is no such file.
    if (error instanceof CommandError && error.exitCode !== undefined) return '';
    throw error;
  }
}
