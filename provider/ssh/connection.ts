import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect as connectSocket } from 'node:net';
import { NodeSSH, type Config } from 'node-ssh';
import { messageOf, type Problem, ProvisioningError } from '../errors.ts';
import { shellJoin } from '../process/quote.ts';
import {
  abridge,
  CommandTimeoutError,
  exitCodeOfSignal,
  HostKeyError,
  RemoteCommandError,
  UnreachableError,
} from './errors.ts';
import { forAnyLoginShell } from './login-shell.ts';
import { hostKeyAlgorithms } from './openssh-config.ts';
import { RemoteCommand, type RemoteEnding, type RemoteOptions, type RemoteResult } from './remote-command.ts';
import type { SshTarget } from './target.ts';

export { CommandTimeoutError, HostKeyError, RemoteCommandError, UnreachableError } from './errors.ts';
export type { PasswordDialogue } from './password-dialogue.ts';
export type { RemoteOptions, RemoteResult } from './remote-command.ts';

/** One authenticated connection to a Pi whose host key is the pinned one. */
export class SshConnection {
  readonly target: SshTarget;
  readonly #ssh: NodeSSH;

  constructor(target: SshTarget, ssh: NodeSSH) {
    this.target = target;
    this.#ssh = ssh;
  }

  /**
   * Runs a command and gives what it printed, whatever its exit code.
   *
   * @throws UnreachableError when the connection is lost; CommandTimeoutError, which is one of them, when the time is over. The
   *   command may still be running then.
   * @throws RemoteCommandError when a signal ended it.
   */
  async execute(argv: readonly string[], options: RemoteOptions = {}): Promise<RemoteResult> {
    const timeoutSeconds = options.timeoutSeconds ?? 60;
    const { connection: client } = this.#ssh;
    if (client === null) throw this.#lost(argv, 'the connection was lost');
    const command = new RemoteCommand(client, forAnyLoginShell(argv), options);
    const { code, signal, stdout, stderr } = await withDeadline(this.#ending(command, argv), timeoutSeconds, () => {
      command.close();
      return new CommandTimeoutError(this.#unfinished(argv, `no end after ${String(timeoutSeconds)} s`));
    });
    if (code !== null) return { stdout, stderr, code };
    if (signal === null) throw this.#lost(argv, 'the connection was lost');
    const result = { stdout, stderr, code: exitCodeOfSignal(signal) };
    throw new RemoteCommandError(this.target, argv, result, signal);
  }

  /** Like `execute`, but another exit code than 0 is an error. */
  async run(argv: readonly string[], options: RemoteOptions = {}): Promise<RemoteResult> {
    const result = await this.execute(argv, options);
    if (result.code !== 0) throw new RemoteCommandError(this.target, argv, result);
    return result;
  }

  dispose(): void {
    this.#ssh.dispose();
  }

  async #ending(command: RemoteCommand, argv: readonly string[]): Promise<RemoteEnding> {
    try {
      return await command.ending;
    } catch (error) {
      if (error === command.failure) throw error;
      throw this.#lost(argv, `the connection was lost (${messageOf(error)})`);
    }
  }

  #lost(argv: readonly string[], how: string): UnreachableError {
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
 * @throws HostKeyError when another machine answers; UnreachableError when none does; ProvisioningError when it does not let us in.
 */
export async function connect(target: SshTarget, timeoutSeconds = 20): Promise<SshConnection> {
  const ssh = new NodeSSH();
  let presentedKey: string | undefined;
  const configuration: Config = {
    host: target.hostname,
    port: target.port,
    username: target.user,
    readyTimeout: timeoutSeconds * 1000,
    keepaliveInterval: 5000,
    keepaliveCountMax: 4,
    algorithms: {
      serverHostKey: hostKeyAlgorithms(target.hostKey.algorithm) as never,
      ...(target.compression === true ? { compress: ['zlib@openssh.com', 'none'] } : {}),
    },
    hostVerifier: (key: Buffer) => {
      presentedKey = key.toString('base64');
      return presentedKey === target.hostKey.base64;
    },
    authHandler: await authentications(target),
  };
  try {
    await ssh.connect(configuration);
    // A connection that breaks while nothing waits for it would end the process; the next command finds it closed.
    ssh.connection?.on('error', () => undefined);
    return new SshConnection(target, ssh);
  } catch (error) {
    ssh.dispose();
    throw connectError(target, messageOf(error), presentedKey);
  }
}

// The type of node-ssh leaves out what each method carries with it.
type AuthMethods = NonNullable<Config['authHandler']>;

async function authentications(target: SshTarget): Promise<AuthMethods> {
  const username = target.user;
  const keys = await Promise.all(target.identityFiles.map((file) => readFile(file).catch(() => undefined)));
  // An agent that is gone would end the attempt; ssh goes on to the keys.
  const agent =
    target.agentSocket === undefined || !(await isListening(target.agentSocket))
      ? []
      : [{ type: 'agent' as const, username, agent: target.agentSocket }];
  const files = keys.filter((key) => key !== undefined).map((key) => ({ type: 'publickey' as const, username, key }));
  return [...agent, ...files] as AuthMethods;
}

async function isListening(socketPath: string): Promise<boolean> {
  const socket = connectSocket(socketPath);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

function connectError(target: SshTarget, original: string, presentedKey: string | undefined): ProvisioningError {
  const address = `${target.user}@${target.hostname}:${String(target.port)}`;
  if (presentedKey !== undefined && presentedKey !== target.hostKey.base64) {
    return new HostKeyError({
      what: `Another machine answers at ${target.name}: its host key is not the one that is recorded for this Pi.`,
      tried: address,
      original: `recorded: ${target.hostKey.algorithm} ${target.hostKey.base64}\noffered:  ${presentedKey}`,
      remedy: 'Was the card flashed by someone else, or the address given to another machine? Nothing was sent to it.',
    });
  }
  if (/no matching host key/i.test(original)) {
    return new HostKeyError({
      what: `${target.name} has no ${target.hostKey.algorithm} host key, so it is not the machine that is recorded.`,
      tried: address,
      original,
    });
  }
  if (/authentication methods failed/i.test(original)) {
    return new ProvisioningError({
      what: `${target.name} does not let ${target.user} in with any key of this machine.`,
      tried: `${address} with ${target.identityFiles.join(', ')}${target.agentSocket === undefined ? '' : ' and the ssh agent'}`,
      original,
      remedy:
        'Put the public key into users.users.<name>.openssh.authorizedKeys.keys, or name the key with `identityFile`. A key with a passphrase has to be in the ssh agent.',
    });
  }
  return new UnreachableError({
    what: `${target.name} cannot be reached.`,
    tried: address,
    original,
    remedy: 'Check that the Pi is on, has its card and is in the network, then run the command again.',
  });
}

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
