import type { Context } from '../context.ts';
import { ProvisioningError } from '../errors.ts';
import { CommandError, run } from '../process/run.ts';
import { UnreachableError } from '../ssh/connection.ts';
import { alias, withOpenSshConfig } from '../ssh/openssh-config.ts';
import type { SshTarget } from '../ssh/target.ts';
import { messagesIn, parseBuildLog } from './build-log.ts';
import type { Closure } from './closure.ts';
import { type CopyProgress, throttled } from './copy-progress.ts';
import { diagnose } from '../diagnosis/diagnose.ts';
import type { StoreAddress } from './store-access.ts';
import { substituterComplaint } from './substituter-complaint.ts';

/** One copy to one Pi. */
export interface Copy {
  readonly path: string;
  /** What of its closure the Pi lacks, or is expected to: for the progress, and for what is removed again from a full card. */
  readonly missing: Closure;
  /** The machine that has the path; undefined for this one. */
  readonly from?: SshTarget | undefined;
  /** A derivation, with all that it is built from. */
  readonly derivation?: boolean;
}

/** Where a copy goes. */
export interface CopyTarget extends StoreAddress {
  /** For messages. */
  readonly pi: string;
  /** It fetches what its own substituters have. */
  readonly substitute: boolean;
}

/**
 * Runs `nix copy` once.
 *
 * @returns the store paths that it sent: not those that were there, nor those that the target fetched.
 */
export async function nixCopy(
  context: Context,
  copy: Copy & CopyTarget,
  progress: CopyProgress,
): Promise<ReadonlySet<string>> {
  const { from } = copy;
  const tell = throttled(context.progress);
  const [complaints, sent] = [new Set<string>(), new Set<string>()];
  const onStderrLine = (line: string) => {
    const event = parseBuildLog(line);
    if (event === undefined) return;
    progress.note(event);
    if (event.kind === 'started' && event.activity === 'copy') sent.add(event.subject);
    const complaint = event.kind === 'message' ? substituterComplaint(copy.pi, event.text) : undefined;
    if (complaint !== undefined && !complaints.has(complaint)) context.log.warn(complaint);
    if (complaint !== undefined) complaints.add(complaint);
    const fetching = event.kind === 'started' && event.activity === 'substitute';
    tell(() => (fetching ? `${copy.pi}: ${event.text}` : `copying to ${copy.pi}: ${progress.describeWithRate()}`));
  };
  const runCopy = (source: readonly string[], environment: Readonly<Record<string, string>>) =>
    run('nix', [...argumentsOf(copy), ...source, '--to', copy.address, copy.path], {
      // Settings of the user's own nix.conf would be sent along, and apply to what the Pi fetches.
      env: { NIX_USER_CONF_FILES: '', NIX_CONFIG: undefined, ...environment },
      signal: context.signal,
      onStderrLine,
    });
  try {
    if (from === undefined) await runCopy([], copy.environment);
    else {
      const source = ['--from', `ssh-ng://${alias}`];
      await withOpenSshConfig(from, (config) => runCopy(source, { NIX_SSHOPTS: `-F ${config}` }));
    }
    return sent;
  } catch (error) {
    if (context.signal.aborted || !(error instanceof CommandError)) throw error;
    throw copyError(copy, error);
  }
}

function argumentsOf({ derivation, substitute }: Copy & CopyTarget): string[] {
  return [
    'copy',
    '--extra-experimental-features',
    'nix-command',
    // Signatures are checked on the sending side too, also where the Pi asks for none.
    '--no-check-sigs',
    '--log-format',
    'internal-json',
    ...(derivation === true ? ['--derivation'] : []),
    // With a substituter that does not answer it goes on without.
    ...(substitute
      ? ['--substitute-on-destination', '--option', 'substitute', 'true', '--option', 'fallback', 'true']
      : []),
  ];
}

function copyError({ pi, path }: Copy & CopyTarget, error: CommandError): ProvisioningError {
  const text = messagesIn(error.stderr);
  const problem = {
    what: `${path} could not be copied to ${pi}.`,
    original: text === '' ? error.message : text,
    remedy:
      diagnose(text) ?? 'Nothing on the Pi was changed. Run `pulumi up` again; what was copied is not copied twice.',
  };
  return connectionLost.test(text)
    ? new UnreachableError(problem, { cause: error })
    : new ProvisioningError(problem, { cause: error });
}

// Of a connection that OpenSSH made: to a build host, or to the Pi for a copy that is compressed.
const connectionLost = /^(?:Connection |Timeout, server |client_loop: |ssh: connect |kex_exchange_identification: )/m;
