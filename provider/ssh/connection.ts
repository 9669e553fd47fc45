import { NodeSSH } from 'node-ssh';
import { messageOf, type Problem } from '../errors.ts';
import { shellJoin } from '../process/quote.ts';
import { authentications } from './authentication.ts';
import { connectError } from './connect-error.ts';
import { abridge, CommandTimeoutError, exitCodeOfSignal, RemoteCommandError, UnreachableError } from './errors.ts';
import { forAnyLoginShell } from './login-shell.ts';
import { hostKeyAlgorithms } from './openssh-config.ts';
import { RemoteCommand, type RemoteEnding, type RemoteOptions, type RemoteResult } from './remote-command.ts';
import type { SshTarget } from './target.ts';
import { endWhenSilent, openTransport, type Transport } from './transport.ts';

export {
  CommandTimeoutError,
  HostKeyError,
  LoginRefusedError,
  RemoteCommandError,
  UnreachableError,
} from './errors.ts';
export type { RemoteOptions, RemoteResult } from './remote-command.ts';

/** One authenticated connection to a Pi whose host key is the pinned one. */
export class SshConnection {
  readonly target: SshTarget;
  readonly #ssh: NodeSSH;
  readonly #transport: Transport;
  #silent = false;

  constructor(target: SshTarget, ssh: NodeSSH, transport: Transport) {
    this.target = target;
    this.#ssh = ssh;
    this.#transport = transport;
    // A connection that breaks while nothing waits for it would end the process; the next command finds it closed.
    ssh.connection?.on('error', () => undefined);
    endWhenSilent(transport.socket, silenceSeconds, () => {
      this.#silent = true;
    });
  }

  /**
   * Runs a program, no builtin of a shell, and gives what it printed, whatever its exit code.
   *
   * @throws UnreachableError when the connection is lost; CommandTimeoutError, which is one of them, when the time is over. The
   *   command may still be running then.
   * @throws RemoteCommandError when a signal ended it.
   */
  async execute(argv: readonly string[], options: RemoteOptions = {}): Promise<RemoteResult> {
    const timeoutSeconds = options.timeoutSeconds ?? 60;
    const { connection: client } = this.#ssh;
    if (client === null) throw this.#lost(argv);
    const command = new RemoteCommand(client, forAnyLoginShell(argv), options);
    const { code, signal, stdout, stderr } = await withDeadline(this.#ending(command, argv), timeoutSeconds, () => {
      command.close();
      return new CommandTimeoutError(this.#unfinished(argv, `no end after ${String(timeoutSeconds)} s`));
    });
    if (code !== null) return { stdout, stderr, code };
    if (signal === null) throw this.#lost(argv);
    const result = { stdout, stderr, code: exitCodeOfSignal(signal) };
    throw new RemoteCommandError(this.target, argv, result, signal);
  }

  /** Like `execute`, but another exit code than 0 is an error. */
  async run(argv: readonly string[], options: RemoteOptions = {}): Promise<RemoteResult> {
    const result = await this.execute(argv, options);
    if (result.code !== 0) throw new RemoteCommandError(this.target, argv, result);
    return result;
  }

  /** Whether it is known to have ended. One that fell silent is found out by what is asked over it. */
  get isClosed(): boolean {
    return this.#ssh.connection === null;
  }

  dispose(): void {
    this.#ssh.dispose();
    this.#transport.end();
  }

  async #ending(command: RemoteCommand, argv: readonly string[]): Promise<RemoteEnding> {
    try {
      return await command.ending;
    } catch (error) {
      if (error === command.failure) throw error;
      throw this.#lost(argv, messageOf(error));
    }
  }

  #lost(argv: readonly string[], detail?: string): UnreachableError {
    const silence = this.#silent ? `nothing came from it for ${String(silenceSeconds)} s` : undefined;
    const details = [silence ?? detail, this.#transport.said()].filter(Boolean).join('; ');
    const how = details === '' ? 'the connection was lost' : `the connection was lost (${details})`;
    return new UnreachableError(this.#unfinished(argv, how));
  }

  #unfinished(argv: readonly string[], how: string): Problem {
    return {
      what: `A command on ${this.target.name} did not finish: ${how}.`,
      tried: abridge(shellJoin(argv)),
      remedy: 'Check that the Pi is on and in reach, then run `pulumi up` again.',
    };
  }
}

/**
 * Connects, with one attempt.
 *
 * @param signal gives the attempt up.
 * @throws HostKeyError when another machine answers; UnreachableError when none does; ProvisioningError when it does not let us in.
 */
export async function connect(target: SshTarget, timeoutSeconds = 20, signal?: AbortSignal): Promise<SshConnection> {
  const authHandler = await authentications(target);
  const transport = await openTransport(target);
  const ssh = new NodeSSH();
  const abort = () => transport.socket.destroy();
  signal?.addEventListener('abort', abort);
  if (signal?.aborted === true) abort();
  let presentedKey: string | undefined;
  try {
    await ssh.connect({
      sock: transport.socket,
      username: target.user,
      readyTimeout: timeoutSeconds * 1000,
      keepaliveInterval: pingSeconds * 1000,
      // Whatever comes is a sign of life, not only the answer to a ping: see below.
      keepaliveCountMax: Number.POSITIVE_INFINITY,
      algorithms: { serverHostKey: hostKeyAlgorithms(target.hostKey.algorithm) as never },
      hostVerifier: (key: Buffer) => {
        presentedKey = key.toString('base64');
        return presentedKey === target.hostKey.base64;
      },
      authHandler,
    });
  } catch (error) {
    ssh.dispose();
    transport.end();
    throw connectError(target, { error, presentedKey, proxySaid: transport.said() });
  } finally {
    signal?.removeEventListener('abort', abort);
  }
  return new SshConnection(target, ssh, transport);
}

// A link that is dead is noticed within some 10 s: an answer is asked for every 3 s, and 10 s without any byte end it.
const pingSeconds = 3;
const silenceSeconds = 10;

async function withDeadline<T>(work: Promise<T>, seconds: number | 'none', late: () => Error): Promise<T> {
  if (seconds === 'none') return work;
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(late());
    }, seconds * 1000);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
