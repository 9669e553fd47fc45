import { constants } from 'node:os';
import { ProvisioningError } from '../errors.ts';
import { shellJoin } from '../process/quote.ts';
import type { RemoteResult } from './remote-command.ts';
import type { SshTarget } from './target.ts';

/** The Pi cannot be reached, or the connection was lost: nothing is known about what it does now. */
export class UnreachableError extends ProvisioningError {
  override readonly name: string = 'UnreachableError';
}

/** The Pi is there, but a command did not end in its time; it may still be running. */
export class CommandTimeoutError extends UnreachableError {
  override readonly name = 'CommandTimeoutError';
}

/** The machine answers, but is not the one whose host key was recorded. */
export class HostKeyError extends ProvisioningError {
  override readonly name = 'HostKeyError';
}

/** It is the Pi, but it does not let this user in. */
export class LoginRefusedError extends ProvisioningError {
  override readonly name = 'LoginRefusedError';
}

/** A command on the Pi that did not end with exit code 0. */
export class RemoteCommandError extends ProvisioningError {
  override readonly name = 'RemoteCommandError';
  /** Of a command that a signal ended, `code` is 128 and the signal's number, as a shell has it. */
  readonly result: RemoteResult;
  /** The signal that ended the command, for example `SIGKILL`; undefined where it ended by itself. */
  readonly signal: string | undefined;

  constructor(target: SshTarget, argv: readonly string[], result: RemoteResult, signal?: string) {
    super({
      what:
        signal === undefined
          ? `A command on ${target.name} ended with exit code ${String(result.code)}.`
          : `A command on ${target.name} was ended by ${signal}.`,
      tried: abridge(shellJoin(argv)),
      original: result.stderr || result.stdout,
      remedy: `Run it by hand over \`ssh ${target.name}\` to see more, and \`pulumi up\` again when it works.`,
    });
    this.result = result;
    this.signal = signal;
  }
}

/** The exit code that a shell gives a command which a signal ended. */
export function exitCodeOfSignal(signal: string): number {
  const numbers: Readonly<Record<string, number | undefined>> = constants.signals;
  return 128 + (numbers[signal] ?? 0);
}

/** A command line as far as it fits into a message. */
export function abridge(command: string): string {
  return command.length > 300 ? `${command.slice(0, 300)}…` : command;
}
