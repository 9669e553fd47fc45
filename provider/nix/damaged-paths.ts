import type { Context } from '../context.ts';
import { ProvisioningError } from '../errors.ts';
import { linesOf } from '../process/lines.ts';
import { type Elevation, runAsRoot } from '../ssh/elevate.ts';
import type { SshSession } from '../ssh/session.ts';
import { type Closure, remoteClosure } from './closure.ts';
import { closureDelta } from './closure-delta.ts';
import { releaseBuildsScript } from './remote-build-script.ts';

// One path that cannot be read at all ends Nix, and hides the others. Another error, as of a daemon that does not answer, says nothing
// about a path.
const findScript = `
paths=$(cat)
if printf '%s\\n' "$paths" | xargs nix-store --verify-path > /dev/null 2>&1; then exit 0; fi
damage='was modified!|does not exist|No such file or directory|Input/output error|Structure needs cleaning|Bad message'
printf '%s\\n' "$paths" | while IFS= read -r path; do
  if nix-store --verify-path "$path" < /dev/null 2>&1 | grep -qE "$damage"; then printf '%s\\n' "$path"; fi
done
`;

// What needs a damaged path goes with it: Nix deletes no path without all that need it, and nothing that runs or boots. The roots are
// those of deployments that were cut off; one that is under way has damaged nothing. The login's own, of builds, are let go of before.
// What needs something is named before it: xargs may split a long list, and some Nix deletes nothing that one not named needs.
const deleteScript = `
if ! systemctl is-active --quiet pulumi-nixos-pi-deployment.service; then
  rm -f /nix/var/nix/gcroots/pulumi-nixos-pi/incoming /nix/var/nix/gcroots/pulumi-nixos-pi/new-*
fi
paths=$(xargs nix-store --query --referrers-closure) || exit
printf '%s\\n' "$paths" | tac | xargs nix-store --delete
`;

/**
 * Looks whether store paths on a Pi are what Nix registered, and deletes those that are not, with all that need them, so that
 * they are copied or built anew.
 *
 * Nix syncs its database, but not the files: after a power cut a path can be valid and its files empty (NixOS/nix#1218). An empty
 * switch-to-configuration succeeds, and an empty kernel does not boot.
 *
 * @param timeoutSeconds how long reading them may take, and deleting them.
 * @returns whether there were any.
 * @throws ProvisioningError when they cannot be deleted, since another generation of the Pi needs them too.
 */
export async function removeDamaged(
  context: Context,
  session: SshSession,
  elevation: Elevation,
  paths: Closure,
  timeoutSeconds: number,
): Promise<boolean> {
  if (paths.length === 0) return false;
  const { name } = session.target;
  const options = { stdin: paths.map(({ path }) => `${path}\n`).join(''), timeoutSeconds };
  context.progress(`looking whether ${String(paths.length)} store paths are whole that ${name} has from before`);
  const found = await session.use((connection) => connection.run(['/bin/sh', '-c', findScript], options));
  const damaged = linesOf(found.stdout);
  if (damaged.length === 0) return false;
  context.log.warn(`${name} has damaged store paths, as after a power cut; they come anew: ${damaged.join(', ')}.`);
  await deleteDamaged(session, elevation, damaged, timeoutSeconds);
  return true;
}

/** The same for all that a path on the Pi needs and that the Pi does not run. */
export async function removeDamagedOf(
  context: Context,
  session: SshSession,
  elevation: Elevation,
  path: string,
  timeoutSeconds: number,
): Promise<boolean> {
  const { leftover } = await session.use(async (connection) =>
    closureDelta(connection, { closure: await remoteClosure(connection, path) }),
  );
  return removeDamaged(context, session, elevation, leftover, timeoutSeconds);
}

/** What Nix says where it does not delete what something else needs; the second and third are Determinate Nix'. */
export const isNeeded = /still alive|because it's (?:referenced by|in use by)/;

async function deleteDamaged(
  session: SshSession,
  elevation: Elevation,
  damaged: readonly string[],
  timeoutSeconds: number,
): Promise<void> {
  const options = { stdin: `${damaged.join('\n')}\n`, timeoutSeconds };
  try {
    await session.use((connection) => connection.run(['/bin/sh', '-c', releaseBuildsScript], options));
    await session.use((connection) => runAsRoot(connection, elevation, ['/bin/sh', '-c', deleteScript], options));
  } catch (error) {
    if (!(error instanceof ProvisioningError) || !isNeeded.test(error.message)) throw error;
    throw new ProvisioningError(
      {
        what: `${session.target.name} has damaged store paths that another of its generations needs, so that they cannot be deleted: ${damaged.join(', ')}.`,
        original: error.problem.original ?? error.message,
        remedy:
          'Delete that generation (`keepGenerations`, or `sudo nix-env --profile /nix/var/nix/profiles/system --delete-generations NUMBER` on the Pi) or run `sudo nix-store --verify --check-contents --repair` there; then run `pulumi up` again.',
      },
      { cause: error },
    );
  }
}
