import { ProvisioningError } from '../errors.ts';
import { type Elevation, runAsRoot } from '../ssh/elevate.ts';
import type { SshSession } from '../ssh/session.ts';
import type { Closure } from './closure.ts';

// Nix deletes only what nothing needs, so this never takes what was there before and is in use. What is half written is not valid
// and goes too. A list that xargs splits has to have what needs something before it; a closure has it behind.
const script = `
rm -f /nix/var/nix/gcroots/pulumi-nixos-pi/incoming
tac | xargs nix-store --delete
`;

/** Takes back what a copy brought to a Pi that became full. Whether that worked. */
export async function removeCopied(
  session: SshSession,
  elevation: Elevation,
  copied: Closure,
  timeoutSeconds: number,
): Promise<boolean> {
  const stdin = copied.map(({ path }) => `${path}\n`).join('');
  try {
    await session.use((connection) =>
      runAsRoot(connection, elevation, ['/bin/sh', '-c', script], { stdin, timeoutSeconds }),
    );
    return true;
  } catch (error) {
    if (error instanceof ProvisioningError) return false;
    throw error;
  }
}
