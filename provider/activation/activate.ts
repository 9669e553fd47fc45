import { setTimeout as sleep } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import type { Context } from '../context.ts';
import { ProvisioningError } from '../errors.ts';
import { runAsRoot, type Elevation } from '../ssh/elevate.ts';
import type { SshConnection } from '../ssh/connection.ts';
import type { SshSession } from '../ssh/session.ts';
import { activationScript } from './activation-script.ts';

/** How an activation on the Pi ended, as the script there recorded it. */
export interface ActivationResult {
  /** `interrupted`: it does not run any more and recorded nothing, as after a power cut. */
  readonly outcome: 'activated' | 'rolled-back' | 'failed' | 'interrupted';
  /** Exit code of the switch-to-configuration call that decided it; 0 where it is not known. */
  readonly code: number;
  /** What the activation printed. */
  readonly journal: string;
}

const unit = 'pulumi-nixos-pi-activation';

/**
 * Makes a copied system the running and the next-booted one. It runs under systemd on the Pi, detached from this connection:
 * what was started is finished there, also when the connection or the workstation dies.
 *
 * @param storePath the toplevel; has to be on the Pi already.
 * @throws ProvisioningError when it could not be started, UnreachableError when the Pi does not answer any more.
 */
export async function activate(
  context: Context,
  session: SshSession,
  elevation: Elevation,
  storePath: string,
  timeoutSeconds: number,
): Promise<ActivationResult> {
  const run = randomUUID();
  context.progress(`activating ${storePath}`);
  await session.use((connection) => start(connection, elevation, storePath, run));
  const deadline = Date.now() + timeoutSeconds * 1000;
  while (Date.now() < deadline) {
    await sleep(500, undefined, { signal: context.signal });
    const { result, journal, running } = await session.use((connection) => look(connection, run));
    if (result !== undefined) return { ...result, journal };
    if (!running) return { outcome: 'interrupted', code: 0, journal };
    const lastLine = journal.trimEnd().split('\n').at(-1);
    if (lastLine) context.progress(lastLine);
  }
  throw new ProvisioningError({
    what: `${storePath} is still being activated on ${session.target.name} after ${String(timeoutSeconds)} s.`,
    remedy: `It goes on there: \`journalctl -u ${unit}\` on the Pi shows how far it is. Then run \`pulumi up\` again.`,
  });
}

async function start(connection: SshConnection, elevation: Elevation, storePath: string, run: string): Promise<void> {
  // As nixos-rebuild-ng runs switch-to-configuration, but without --pipe: that would tie it to this connection.
  const systemdRun = [
    'systemd-run',
    '--collect',
    '--no-ask-password',
    '--quiet',
    '--service-type=exec',
    `--unit=${unit}`,
  ];
  const environment = [
    '-E',
    'LOCALE_ARCHIVE',
    '-E',
    'NIXOS_INSTALL_BOOTLOADER=0',
    '-E',
    'NIXOS_NO_CHECK',
    '-E',
    'PATH',
  ];
  // systemd expands $NAME in a unit's command line; $$ is a plain $ (systemd.service(5), "Command lines").
  const command = ['/bin/sh', '-c', activationScript, unit, storePath, run].map((word) => word.replaceAll('$', '$$$$'));
  try {
    await runAsRoot(connection, elevation, [...systemdRun, ...environment, '--', ...command]);
  } catch (error) {
    if (error instanceof ProvisioningError && error.message.includes('already loaded or has a fragment file')) {
      throw error.withRemedy(
        'Another activation is running on this Pi. Wait until it ends, then run `pulumi up` again.',
      );
    }
    throw error;
  }
}

// The unit's state before its result: an activation that ends in between has left a result.
const lookScript = `
echo "$(systemctl is-active "$2" 2>/dev/null)"
echo "$(cat "/var/lib/pulumi-nixos-pi/activation-$1" 2>/dev/null)"
journalctl -u "$2" -o cat --no-pager -n 200 2>/dev/null
:`;

// Without root: the generation that is being activated may ask for another sudo password than the one before. Members of
// wheel may read the journal on NixOS; where the login is none, the result comes without the text.
async function look(connection: SshConnection, run: string) {
  const { stdout } = await connection.run(['/bin/sh', '-c', lookScript, 'look', run, unit]);
  const [state = '', first = '', ...journal] = stdout.split('\n');
  // The unit's journal also holds earlier runs; ours starts behind the line that names it.
  const begin = journal.findLastIndex((line) => line.includes(run));
  return {
    result: parseResult(first),
    journal: journal.slice(begin + 1).join('\n'),
    running: !/^(inactive|failed)$/.test(state),
  };
}

function parseResult(text: string): Omit<ActivationResult, 'journal'> | undefined {
  const match = /^(activated|rolled-back|failed) (\d+)$/.exec(text.trim());
  if (match === null) return undefined;
  return { outcome: match[1] as ActivationResult['outcome'], code: Number(match[2]) };
}
