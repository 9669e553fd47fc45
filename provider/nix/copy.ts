import type { Context } from '../context.ts';
import { ProvisioningError } from '../errors.ts';
import { CommandError, run } from '../process/run.ts';
import { alias, withOpenSshConfig } from '../ssh/openssh-config.ts';
import type { SshTarget } from '../ssh/target.ts';
import { messagesIn, parseBuildLog } from './build-log.ts';
import { diagnose } from '../diagnosis/diagnose.ts';

/**
 * Copies what the Pi does not have yet of a store path and all that it needs.
 *
 * @throws ProvisioningError when the Pi refuses the paths, is full, or the connection is lost.
 */
export async function copyClosure(context: Context, target: SshTarget, path: string): Promise<void> {
  context.progress(`copying ${path} to ${target.name}`);
  await withOpenSshConfig(target, async (configFile) => {
    // ssh-ng checks signatures here, on the sending side, even for a user whom the Pi trusts.
    const args = [
      'copy',
      '--extra-experimental-features',
      'nix-command',
      '--no-check-sigs',
      '--log-format',
      'internal-json',
    ];
    try {
      await run('nix', [...args, '--to', `ssh-ng://${alias}`, path], {
        env: { NIX_SSHOPTS: `-F ${configFile}` },
        signal: context.signal,
        onStderrLine: (line) => {
          const event = parseBuildLog(line);
          if (event?.kind === 'started') context.progress(event.text);
        },
      });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      throw copyError(target, path, error);
    }
  });
}

function copyError(target: SshTarget, path: string, error: CommandError): ProvisioningError {
  const text = messagesIn(error.stderr);
  return new ProvisioningError(
    {
      what: `${path} could not be copied to ${target.name}.`,
      original: text,
      remedy:
        diagnose(text) ?? 'Nothing on the Pi was changed. Run `pulumi up` again; what was copied is not copied twice.',
    },
    { cause: error },
  );
}
