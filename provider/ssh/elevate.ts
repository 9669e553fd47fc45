import { randomUUID } from 'node:crypto';
import { type Problem, ProvisioningError } from '../errors.ts';
import { RemoteCommandError, type RemoteOptions, type RemoteResult, type SshConnection } from './connection.ts';
import { doas } from './elevation/doas.ts';
import type { ElevationProgram, Login } from './elevation/elevation-program.ts';
import { run0 } from './elevation/run0.ts';
import { sudo } from './elevation/sudo.ts';

/** The programs by which a login can become root. */
export const elevationMethods = ['sudo', 'run0', 'doas'] as const;

export type ElevationMethod = (typeof elevationMethods)[number];

const programs: Readonly<Record<ElevationMethod, ElevationProgram>> = { sudo, run0, doas };

/** How commands become root on the Pi, where the login is not root itself. */
export interface Elevation {
  /** The login's password, for sudo; undefined where it asks for none. */
  readonly sudoPassword: string | undefined;
  /** Default: sudo. */
  readonly method?: ElevationMethod | undefined;
}

type RootOptions = Omit<RemoteOptions, 'password'>;

/**
 * Runs a command as root: directly where the login is root, else through the elevation program.
 *
 * @throws ProvisioningError that tells a missing from a wrong password, from a user who may not become root, and from a
 *   program that is not there.
 */
export async function runAsRoot(
  connection: SshConnection,
  elevation: Elevation,
  argv: readonly string[],
  options: RootOptions = {},
): Promise<RemoteResult> {
  if (connection.target.user === 'root') return connection.run(argv, options);
  const program = programs[elevation.method ?? 'sudo'];
  const { started, ...result } = await announced(connection, program, elevation.sudoPassword, argv, options);
  if (result.code === 0) return result;
  const problem = started ? undefined : elevationProblem(program, result, connection.target);
  throw problem ? new ProvisioningError(problem) : new RemoteCommandError(connection.target, argv, result);
}

/**
 * Runs a command that says first that it starts. So what it prints is never taken for the elevation's own text, and its input
 * never for the password: that is read only if one is wanted, which a prompt of our own tells.
 */
async function announced(
  connection: SshConnection,
  program: ElevationProgram,
  sudoPassword: string | undefined,
  argv: readonly string[],
  options: RootOptions,
): Promise<RemoteResult & { readonly started: boolean }> {
  const prompt = `[sudo ${randomUUID()}] `;
  const mark = `[started ${randomUUID()}]`;
  const command = ['/bin/sh', '-c', 'echo "$0" >&2; exec "$@"', mark, ...argv];
  const elevated =
    sudoPassword === undefined || program.withPassword === undefined
      ? program.withoutPassword(command)
      : program.withPassword(command, prompt);
  const { code, stdout, stderr } = await connection.execute(inEnglish(elevated), {
    ...options,
    password: { prompt, answer: sudoPassword ?? '', started: mark },
  });
  const own = stderr.replaceAll(prompt, '').replaceAll(`${mark}\n`, '').replaceAll(mark, '');
  return { code, stdout, stderr: own, started: stderr.includes(`${mark}\n`) };
}

/** Its texts are recognised in English only. What it starts gets the same: its texts are read as well. */
function inEnglish(argv: readonly string[]): string[] {
  return ['env', 'LC_ALL=C', ...argv];
}

/** Why a command did not become root; undefined where it did, and failed by itself. */
export function elevationProblem(
  program: ElevationProgram,
  { code, stderr }: RemoteResult,
  login: Login,
): Problem | undefined {
  const missing = new RegExp(`^env: .*\\b${program.program}\\b.*: No such file or directory`, 'm');
  if (code === 127 && missing.test(stderr)) {
    return {
      what: `There is no ${program.program} on ${login.name}.`,
      original: stderr,
      remedy: `Install it there (\`security.${program.program}.enable = true\`), name another elevation, or log in as root.`,
    };
  }
  return program.refusal(stderr, login);
}
