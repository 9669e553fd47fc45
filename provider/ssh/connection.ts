import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect as connectSocket } from 'node:net';
import { PassThrough } from 'node:stream';
import { NodeSSH, type Config } from 'node-ssh';
import { messageOf, ProvisioningError } from '../errors.ts';
import { shellJoin } from '../process/quote.ts';
import { hostKeyAlgorithms } from './openssh-config.ts';
import { forAnyLoginShell } from './login-shell.ts';
import type { SshTarget } from './target.ts';

export interface RemoteOptions {
  /** Standard input of the command; default: none. */
  readonly stdin?: string;
  /** A password that the command asks for before it starts. */
  readonly password?: PasswordDialogue;
  /** How long the command may take, in seconds; default 60. */
  readonly timeoutSeconds?: number;
}

/** How a password is given to a command that may ask for it, so that it can never become the command's own input. */
export interface PasswordDialogue {
  /** What the command prints to standard error when it wants the password. */
  readonly prompt: string;
  readonly answer: string;
  /** What the command prints to standard error when it starts; only then it gets its standard input. */
  readonly started: string;
}

export interface RemoteResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** The Pi cannot be reached, or the connection was lost: nothing is known about what it does now. */
export class UnreachableError extends ProvisioningError {
  override readonly name = 'UnreachableError';
}

/** The machine answers, but is not the one whose host key was recorded. */
export class HostKeyError extends ProvisioningError {
  override readonly name = 'HostKeyError';
}

/** A command on the Pi that did not end with exit code 0. */
export class RemoteCommandError extends ProvisioningError {
  override readonly name = 'RemoteCommandError';
  readonly result: RemoteResult;

  constructor(target: SshTarget, argv: readonly string[], result: RemoteResult) {
    super({
      what: `A command on ${target.name} ended with exit code ${String(result.code)}.`,
      tried: abridge(shellJoin(argv)),
      original: result.stderr || result.stdout,
    });
    this.result = result;
  }
}

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
   * @throws UnreachableError when the connection is lost or the time is over; the command may still be running.
   */
  async execute(argv: readonly string[], options: RemoteOptions = {}): Promise<RemoteResult> {
    const timeoutSeconds = options.timeoutSeconds ?? 60;
    const { code, signal, stdout, stderr } = await withDeadline(this.#execute(argv, options), timeoutSeconds, () =>
      this.#lost(argv, `no end after ${String(timeoutSeconds)} s`),
    );
    if (code !== null) return { stdout, stderr, code };
    throw this.#lost(argv, signal === null ? 'the connection was lost' : `it was ended by ${signal}`);
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

  async #execute(argv: readonly string[], { stdin, password }: RemoteOptions) {
    const input = password === undefined ? stdin : new PassThrough();
    const listen = input instanceof PassThrough && password ? passwordListener(password, input, stdin) : undefined;
    // node-ssh decodes each packet by itself, which tears characters of several bytes.
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    try {
      const { code, signal } = await this.#ssh.execCommand(forAnyLoginShell(argv), {
        ...(input === undefined ? {} : { stdin: input }),
        onStdout: (chunk) => stdout.push(chunk),
        onStderr: (chunk) => {
          stderr.push(chunk);
          listen?.(chunk);
        },
      });
      return { code, signal, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
    } catch (error) {
      throw this.#lost(argv, `the connection was lost (${messageOf(error)})`);
    }
  }

  #lost(argv: readonly string[], how: string): UnreachableError {
    return new UnreachableError({
      what: `A command on ${this.target.name} did not finish: ${how}.`,
      tried: abridge(shellJoin(argv)),
      remedy: 'Check that the Pi is on and in reach, then run `pulumi up` again.',
    });
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
    algorithms: { serverHostKey: hostKeyAlgorithms(target.hostKey.algorithm) as never },
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

/** Answers the first prompt; a second one means that the password is wrong, and ends the input. */
function passwordListener(password: PasswordDialogue, input: PassThrough, stdin: string | undefined) {
  let heard = '';
  let answered = false;
  return (chunk: Buffer) => {
    heard += chunk.toString();
    if (heard.includes(password.started)) {
      if (!input.writableEnded) input.end(stdin ?? '');
      return;
    }
    if (!heard.includes(password.prompt)) return;
    heard = '';
    if (answered) input.end();
    else input.write(`${password.answer}\n`);
    answered = true;
  };
}

async function withDeadline<T>(work: Promise<T>, seconds: number, late: () => Error): Promise<T> {
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

function abridge(command: string): string {
  return command.length > 300 ? `${command.slice(0, 300)}…` : command;
}
