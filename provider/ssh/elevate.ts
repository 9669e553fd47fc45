import { randomUUID } from 'node:crypto';
import { ProvisioningError } from '../errors.ts';
import { RemoteCommandError, type RemoteOptions, type RemoteResult, type SshConnection } from './connection.ts';

/** How commands become root on the Pi. */
export interface Elevation {
  /** The login user's password for sudo; undefined where sudo asks for none. */
  readonly sudoPassword: string | undefined;
}

/**
 * Runs a command as root: directly where the login is root, else through sudo.
 *
 * @throws ProvisioningError that tells a missing from a wrong password and from a user who may not use sudo.
 */
export async function runAsRoot(
  connection: SshConnection,
  elevation: Elevation,
  argv: readonly string[],
  options: Omit<RemoteOptions, 'password'> = {},
): Promise<RemoteResult> {
  if (connection.target.user === 'root') return connection.run(argv, options);
  const { sudoPassword } = elevation;
  const result =
    sudoPassword === undefined
      ? await connection.execute(['sudo', '-n', '--', ...argv], options)
      : await sudoWithPassword(connection, sudoPassword, argv, options);
  if (result.code === 0) return result;
  throw sudoError(connection, result) ?? new RemoteCommandError(connection.target, argv, result);
}

// sudo reads a password only if it asks for one; our own prompt and starting mark keep it out of the command's input.
async function sudoWithPassword(
  connection: SshConnection,
  answer: string,
  argv: readonly string[],
  options: Omit<RemoteOptions, 'password'>,
): Promise<RemoteResult> {
  const prompt = `[sudo ${randomUUID()}] `;
  const started = `[started ${randomUUID()}]`;
  const announced = ['/bin/sh', '-c', 'echo "$0" >&2; exec "$@"', started, ...argv];
  const result = await connection.execute(['sudo', '-S', '-p', prompt, '--', ...announced], {
    ...options,
    password: { prompt, answer, started },
  });
  return {
    ...result,
    stderr: result.stderr.replaceAll(prompt, '').replaceAll(`${started}\n`, '').replaceAll(started, ''),
  };
}

function sudoError(connection: SshConnection, { stderr }: RemoteResult): ProvisioningError | undefined {
  const { user, name } = connection.target;
  const failure = (what: string, remedy: string) => new ProvisioningError({ what, original: stderr, remedy });
  if (/Sorry, try again|incorrect password attempt/.test(stderr)) {
    return failure(
      `The sudo password for ${user} on ${name} is wrong.`,
      'Set it: `pulumi config set --secret sudoPassword`.',
    );
  }
  if (/a password is required|a terminal is required to read the password/.test(stderr)) {
    return failure(
      `sudo on ${name} asks ${user} for a password, and none is configured.`,
      'Set `pulumi config set --secret sudoPassword`, or `security.sudo.wheelNeedsPassword = false` on the Pi.',
    );
  }
  if (/is not in the sudoers file|is not allowed to execute|may not run sudo/.test(stderr)) {
    return failure(`${user} may not use sudo on ${name}.`, `Put ${user} into the group wheel, or log in as root.`);
  }
  return undefined;
}
